import type { Endpoint } from "../../../balancing/endpoint.ts";
import type { KeyConfig, PoolConfig, UpstreamConfig } from "../../../config/config.ts";

/** The endpoints of one upstream by key, and what they have in common. Configs are immutable, so a key is what it was. */
interface OfUpstream {
  readonly upstream: UpstreamConfig;
  readonly shape: string | undefined;
  readonly endpoints: Map<KeyConfig, Endpoint>;
}

/** All endpoints of a generation by what they were made of: by pool and upstream, both by name. */
export type MadeEndpoints = Map<string, OfUpstream>;

/** An endpoint of a key. */
type NamedEndpoint = Endpoint & { readonly key: Exclude<Endpoint["key"], string | undefined> };

/** What may be taken over from the generation before for one upstream of a pool, and where all of now is noted. */
export class MadeOfUpstream {
  readonly #before: OfUpstream | undefined;
  readonly #now: OfUpstream;
  readonly #isSame: boolean;
  readonly #hasSameNames: boolean;

  /** `url`: that can be called. */
  constructor(
    pool: PoolConfig,
    upstream: UpstreamConfig,
    url: string,
    made: { readonly before: MadeEndpoints | undefined; readonly now: MadeEndpoints } | undefined,
  ) {
    const name = `${pool.name}\0${upstream.name}`;
    const shape = shapeOf(pool, upstream, url);
    const before = made?.before?.get(name);
    this.#before = before;
    this.#now = { upstream, shape, endpoints: new Map() };
    this.#isSame = before?.upstream === upstream || (shape !== undefined && before?.shape === shape);
    this.#hasSameNames = before?.upstream.provider === upstream.provider &&
      before.upstream.url === upstream.url;
    made?.now.set(name, this.#now);
  }

  /** The endpoint of that key, where nothing that it is made of has changed. */
  same(key: KeyConfig): Endpoint | undefined {
    return this.#isSame ? this.#before?.endpoints.get(key) : undefined;
  }

  /** An endpoint with the same names, whatever else has changed. */
  named(key: KeyConfig): NamedEndpoint | undefined {
    const found = this.#hasSameNames ? this.#before?.endpoints.get(key) : undefined;
    return found !== undefined && isNamed(found) ? found : undefined;
  }

  /** Notes the endpoint of that key. */
  note(key: KeyConfig, endpoint: Endpoint): void {
    this.#now.endpoints.set(key, endpoint);
  }
}

function isNamed(endpoint: Endpoint): endpoint is NamedEndpoint {
  return typeof endpoint.key === "object";
}

/** All that goes into an endpoint beside its key, as text; undefined where some of it is no plain data. */
function shapeOf(pool: PoolConfig, upstream: UpstreamConfig, url: string): string | undefined {
  if (pool.edits !== undefined || pool.link !== undefined || upstream.link !== undefined) return undefined;
  const { formats, rename, renameOnly, limits, account } = pool;
  const { keys: _keys, ...own } = upstream;
  return JSON.stringify([{ formats, rename, renameOnly, limits, account }, own, url]);
}
