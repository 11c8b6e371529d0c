import type { Endpoint } from "../../../balancing/endpoint.ts";
import type { KeyConfig, PoolConfig, PoolKeys, UpstreamConfig } from "../../../config/config.ts";

/** The endpoints of one upstream by key, and what they have in common. Configs are immutable, so a key is what it was. */
interface OfUpstream {
  readonly pool: PoolConfig;
  readonly upstream: UpstreamConfig;
  /** The credentials that they were made of. */
  readonly keys: PoolKeys;
  readonly shape: string | undefined;
  readonly endpoints: Map<KeyConfig, Endpoint>;
}

/** The endpoints of one pool, by upstream's name, and all of them as the pool's list. */
interface OfPool {
  readonly upstreams: ReadonlyMap<string, OfUpstream>;
  readonly list: readonly Endpoint[];
}

/** All endpoints of a generation by what they were made of, by pool. */
export type MadeEndpoints = Map<string, OfPool>;

/** Where a generation stands: what was made for the one before, and where all of now is noted. */
export interface Making {
  readonly before: MadeEndpoints | undefined;
  readonly now: MadeEndpoints;
}

/** What may be taken over from the generation before for a pool, and where all of now is noted. */
export class MadeOfPool {
  readonly #pool: PoolConfig;
  readonly #making: Making | undefined;
  readonly #before: OfPool | undefined;
  readonly #upstreams = new Map<string, OfUpstream>();
  /** The pool's list as it was, where nothing that it is made of has changed. */
  readonly same: readonly Endpoint[] | undefined;

  /** `upstreams`: those that are switched on, with URLs that can be called. */
  constructor(
    pool: PoolConfig,
    upstreams: readonly { readonly upstream: UpstreamConfig; readonly url: string }[],
    making: Making | undefined,
  ) {
    this.#pool = pool;
    this.#making = making;
    const before = making?.before?.get(pool.name);
    this.#before = before;
    const isSame = before?.upstreams.size === upstreams.length &&
      [...before.upstreams.keys()].every((name, at) => name === upstreams[at]?.upstream.name) &&
      upstreams.every(({ upstream, url }) => this.#madeOf(upstream, url).isWhole);
    this.same = isSame ? before.list : undefined;
  }

  /** The same for one of its upstreams. */
  upstream(upstream: UpstreamConfig, url: string): MadeOfUpstream {
    const made = this.#madeOf(upstream, url);
    this.#upstreams.set(upstream.name, made.all);
    return made;
  }

  /** Notes the pool's list; {@link same} or what was made of all upstreams. */
  note(list: readonly Endpoint[]): void {
    const isSame = this.#before !== undefined && list === this.same;
    this.#making?.now.set(this.#pool.name, isSame ? this.#before : { upstreams: this.#upstreams, list });
  }

  #madeOf(upstream: UpstreamConfig, url: string): MadeOfUpstream {
    return new MadeOfUpstream(this.#pool, upstream, url, this.#before?.upstreams.get(upstream.name));
  }
}

/** An endpoint of a key. */
type NamedEndpoint = Endpoint & { readonly key: Exclude<Endpoint["key"], string | undefined> };

/** What may be taken over from the generation before for one upstream of a pool. */
export class MadeOfUpstream {
  /** All of now. */
  readonly all: OfUpstream;
  readonly #before: OfUpstream | undefined;
  readonly #isSame: boolean;
  readonly #hasSameNames: boolean;

  /** `url`: that can be called. */
  constructor(pool: PoolConfig, upstream: UpstreamConfig, url: string, before: OfUpstream | undefined) {
    const shape = shapeOf(pool, upstream, url);
    this.#before = before;
    this.all = { pool, upstream, keys: upstream.keys ?? pool.keys, shape, endpoints: new Map() };
    const isVery = before?.upstream === upstream && SHARED.every((name) => before.pool[name] === pool[name]);
    this.#isSame = isVery || (shape !== undefined && before?.shape === shape);
    this.#hasSameNames = before?.upstream.provider === upstream.provider &&
      before.upstream.url === upstream.url;
  }

  /** Nothing has changed: neither what they have in common nor any key. */
  get isWhole(): boolean {
    return this.#isSame && typeof this.all.keys === "object" && this.#before?.keys === this.all.keys;
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
    this.all.endpoints.set(key, endpoint);
  }
}

function isNamed(endpoint: Endpoint): endpoint is NamedEndpoint {
  return typeof endpoint.key === "object";
}

/** What a pool's endpoints take from it beside their upstream and key. */
const SHARED = ["formats", "rename", "renameOnly", "limits", "account", "edits", "link"] as const;

/** All that goes into an endpoint beside its key, as text; undefined where some of it is no plain data. */
function shapeOf(pool: PoolConfig, upstream: UpstreamConfig, url: string): string | undefined {
  if (pool.edits !== undefined || pool.link !== undefined || upstream.link !== undefined) return undefined;
  const { formats, rename, renameOnly, limits, account } = pool;
  const { keys: _keys, ...own } = upstream;
  return JSON.stringify([{ formats, rename, renameOnly, limits, account }, own, url]);
}
