import { X509Certificate } from "node:crypto";
import type { AccountFields } from "../../../upstream/edits/edit_rules.ts";
import { isProxyUrl } from "../../../upstream/transport/outbound_proxy.ts";
import { Authorities, type LinkConfig, type ProxyConfig } from "../../edits/link_config.ts";
import type { Report } from "../../problem.ts";
import type { Path } from "../../text/document.ts";
import { nearest } from "../../text/nearest.ts";
import type { SecretResolver } from "../secrets.ts";

/** Most certificates of one file: the system's own are a few hundred. */
const MAX_CERTIFICATES = 1000;

/** Makes the outbound proxies; reports names and URLs that cannot be. A missing secret leaves one without URL. */
export function buildProxies(
  file: Readonly<Record<string, string>>,
  secrets: SecretResolver,
  report: Report,
): ProxyConfig[] {
  return Object.entries(file).map(([name, text]) => {
    const path: Path = ["proxies", name];
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name === "none") {
      const message = 'a name is 1 to 64 letters, digits, ".", "_" or "-", and not "none"';
      report.problem(path, message, undefined, "name");
    }
    const [url, ...more] = secrets.resolve(text, path);
    if (more.length > 0) report.problem(path, "leads to several lines; a proxy has one URL");
    else if (url !== undefined && !isProxyUrl(url.reveal())) {
      report.problem(path, "is no proxy's URL; write http://host:port (or https, socks5)");
    }
    return { name, url };
  });
}

/** The link fields of a pool, an upstream or a key. */
interface LinkFile {
  readonly proxy?: string | undefined;
  readonly tls?: { readonly ca?: string | undefined } | undefined;
}

/** Makes links, all against the same proxies. */
export class LinkBuilder {
  readonly #proxyNames: ReadonlySet<string>;
  readonly #secrets: SecretResolver;
  readonly #report: Report;

  /** `proxyNames`: all that the file means to have, the unsound ones too. */
  constructor(proxyNames: ReadonlySet<string>, secrets: SecretResolver, report: Report) {
    this.#proxyNames = proxyNames;
    this.#secrets = secrets;
    this.#report = report;
  }

  /** The link of what stands at `path`; reports proxies that do not exist and files without certificates. Undefined: it says nothing. */
  build({ proxy, tls }: LinkFile, path: Path): LinkConfig | undefined {
    if (proxy !== undefined && proxy !== "none" && !this.#proxyNames.has(proxy)) {
      const meant = nearest(proxy, [...this.#proxyNames, "none"]);
      const hint = meant === undefined ? 'name it in "proxies"' : `did you mean "${meant}"?`;
      this.#report.problem([...path, "proxy"], "no proxy has this name", hint);
    }
    const ca = tls?.ca === undefined ? undefined : this.#authorities(tls.ca, [...path, "tls", "ca"]);
    return proxy === undefined && ca === undefined ? undefined : { proxy, ca };
  }

  #authorities(reference: string, path: Path): Authorities | undefined {
    const text = this.#secrets.text(reference, path);
    if (text === undefined) return undefined;
    const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    const hint = "a certificate in PEM begins with -----BEGIN CERTIFICATE-----";
    if (found.length === 0) this.#report.problem(path, "holds no certificate", hint);
    else if (found.length > MAX_CERTIFICATES) {
      this.#report.problem(path, `holds more than ${MAX_CERTIFICATES} certificates`);
    } else if (!found.every(isCertificate)) {
      this.#report.problem(path, "holds a certificate that cannot be read");
    } else return new Authorities(found);
    return undefined;
  }
}

/** The account that is named; undefined: none is. */
export function accountOf(
  { organization, project }: { organization?: string | undefined; project?: string | undefined },
): AccountFields | undefined {
  return organization === undefined && project === undefined ? undefined : { organization, project };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
