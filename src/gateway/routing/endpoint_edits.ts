import type { Edits } from "../../core/edits/edits.ts";
import type { OutboundLink } from "../../core/edits/outbound_link.ts";
import type { KeyConfig, PoolConfig, UpstreamConfig } from "../../config/config.ts";
import type { ProxyConfig } from "../../config/edits/link_config.ts";
import { compiledEdits, withAccount } from "../../upstream/edits/compile_edits.ts";

/** What is changed and how it is reached, for the endpoints of one pool; equal ones share their objects. */
export class EndpointEdits {
  readonly #pool: PoolConfig;
  readonly #proxies: ReadonlyMap<string, ProxyConfig>;
  readonly #edits = new Map<string, Edits | undefined>();
  readonly #links = new Map<string, OutboundLink>();

  constructor(pool: PoolConfig, proxies: readonly ProxyConfig[]) {
    this.#pool = pool;
    this.#proxies = new Map(proxies.map((proxy) => [proxy.name, proxy]));
  }

  /** The pool's edits, with the account of key, upstream or pool, whichever names it first. */
  editsOf(upstream: UpstreamConfig, key: KeyConfig | undefined): Edits | undefined {
    const accounts = [key?.account, upstream.account, this.#pool.account];
    const organization = accounts.find((account) => account?.organization !== undefined)?.organization;
    const project = accounts.find((account) => account?.project !== undefined)?.project;
    const name = `${organization ?? ""} ${project ?? ""}`;
    if (!this.#edits.has(name)) {
      const edits = withAccount(compiledEdits(this.#pool.edits), { organization, project });
      this.#edits.set(name, edits);
    }
    return this.#edits.get(name);
  }

  /** How it is reached; undefined: the config does not say. `unreachable`: by a proxy whose URL is missing, and never otherwise. */
  linkOf(upstream: UpstreamConfig, key: KeyConfig | undefined): OutboundLink | "unreachable" | undefined {
    const proxyName = key?.link?.proxy ?? upstream.link?.proxy ?? this.#pool.link?.proxy;
    const ca = upstream.link?.ca ?? this.#pool.link?.ca;
    if (proxyName === undefined && ca === undefined) return undefined;
    const url = proxyName === undefined ? undefined : this.#proxies.get(proxyName)?.url;
    if (proxyName !== undefined && proxyName !== "none" && url === undefined) return "unreachable";
    // The URL of the proxy is part of a connection's name already (`upstream/call.ts`).
    const name = ca?.digest ?? "";
    const known = this.#links.get(`${proxyName ?? ""} ${name}`);
    if (known !== undefined) return known;
    const link = {
      name,
      proxy: proxyName === "none" ? "none" as const : url,
      authorities: ca?.certificates ?? [],
    };
    this.#links.set(`${proxyName ?? ""} ${name}`, link);
    return link;
  }
}
