import * as z from "zod";
import type { HealthBoard } from "../../balancing/health.ts";
import type { Config, KeyConfig, PoolConfig } from "../../config/config.ts";
import { label, models, weight } from "../../config/schema/fields.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Generation } from "../../gateway/generation.ts";
import type { EndpointIdentity } from "../../gateway/routing/endpoint_identity.ts";
import type { Slice } from "../../recording/slice.ts";
import type { ProbeTools } from "../../upstream/probes/probe_endpoint.ts";
import type { ImportFormat } from "./import/key_lines.ts";
import { type ImportReport, KeyImport } from "./import/key_import.ts";
import type { KeyBook, Rotation } from "./key_book.ts";
import { type KeySelection, type Selected, selectKeys } from "./key_selection.ts";
import { type KeyPage, type KeyState, type KeyView, KeyViews, type Providers } from "./key_view.ts";
import { type KeyFields, MAX_MODELS, type RuntimeKey } from "./stored_key.ts";
import type { KeyTest, TestPace } from "./testing/key_test.ts";
import { keyTestOf } from "./testing/key_tests.ts";

/** What a {@link KeyDesk} works with. */
export interface KeyDeskParts {
  readonly runtime: Runtime;
  readonly book: KeyBook;
  readonly identity: EndpointIdentity;
  readonly health: HealthBoard;
  readonly tools: ProbeTools;
  /** The config as its file has it. */
  readonly config: () => Config;
  readonly generation: () => Generation;
  /** Puts the keys of the book in force; resolves when they are. */
  readonly refresh: () => Promise<void>;
  /** A new {@link Slice} for each long work. */
  readonly slice: () => Slice;
}

/** What a key can be told; null takes a member away. */
export const keyChange = z.strictObject({
  enabled: z.boolean(),
  weight: weight(),
  priority: z.int().min(0).max(1000),
  name: label().nullable(),
  models: models().max(MAX_MODELS).nullable(),
  quotaGroup: label().nullable(),
  note: z.string().max(1000).nullable(),
}).partial();

/** See {@link keyChange}. */
export type KeyChange = z.output<typeof keyChange>;

/** What of a list is wanted. */
export interface ListWish {
  readonly state: KeyState | undefined;
  readonly source: "file" | "store" | undefined;
  readonly cursor: number;
  readonly limit: number;
}

/** How keys are seen and changed while the gateway runs; behind the admin API. */
export class KeyDesk {
  readonly #parts: KeyDeskParts;
  readonly #fileKeys = new WeakMap<PoolConfig, ReadonlySet<string>>();

  constructor(parts: KeyDeskParts) {
    this.#parts = parts;
  }

  /** Adds the keys of a stream to a pool and puts them in force, also where the stream breaks off. Rejects with `GatewayError`. */
  async import(
    pool: string,
    wish: {
      readonly upstream: string | undefined;
      readonly format: ImportFormat | undefined;
      readonly dryRun: boolean;
      readonly stream: AsyncIterable<Uint8Array>;
    },
  ): Promise<ImportReport & { readonly saved: boolean }> {
    const { book, identity, slice } = this.#parts;
    const found = this.#poolToFill(pool, wish.upstream);
    const fileKeys = await this.#fileKeysOf(found);
    const work = new KeyImport({ ...wish, pool: found }, { book, identity, fileKeys, slice: slice() });
    let saved = wish.dryRun;
    try {
      await work.run();
    } finally {
      if (!wish.dryRun && work.report.added > 0) saved = await this.#putInForce();
    }
    return { ...work.report, saved: saved || work.report.added === 0 };
  }

  /** A page of a pool's keys: those of the config file, then those of the store. Rejects with `GatewayError` `not_found`. */
  async list(pool: string, { state, source, cursor, limit }: ListWish): Promise<KeyPage> {
    const providers = this.#providersOf(pool);
    const views = this.#views();
    const slice = this.#parts.slice();
    const keys: KeyView[] = [];
    let at = 0;
    for (const each of this.#allOf(pool)) {
      if (at++ < cursor) continue;
      if (keys.length >= limit) return { keys, next: String(at - 1) };
      if (source !== undefined && (source === "store") !== ("id" in each)) continue;
      const view = "id" in each
        ? views.ofStore(providers, each)
        : views.ofFile(providers, each.upstream, each.config);
      if (state === undefined || view.state === state) keys.push(view);
      if (slice.isDue) await slice.rest();
    }
    return { keys, next: null };
  }

  /** Says other things of the keys that are meant. Rejects with `GatewayError`. */
  async change(pool: string, which: KeySelection, set: KeyChange): Promise<ChangeReport> {
    const { keys, unknown } = await this.#select(pool, which);
    const given = Object.fromEntries(
      Object.entries(set).map(([name, value]) => [name, value ?? undefined]),
    ) as Partial<KeyFields>; // null, which takes a member away, has become undefined; the rest was checked as fields are
    // Those that were found may have been changed or deleted since: the book knows how they stand.
    const changed = keys.filter((key) => this.#parts.book.change(key, given)).length;
    return { changed, unknown, saved: changed === 0 || await this.#putInForce() };
  }

  /** Forgets the keys that are meant; requests under way end with them. Rejects with `GatewayError`. */
  async remove(pool: string, which: KeySelection): Promise<ChangeReport> {
    const { keys, unknown } = await this.#select(pool, which);
    const changed = keys.filter((key) => this.#parts.book.remove(key)).length;
    return { changed, unknown, saved: changed === 0 || await this.#putInForce() };
  }

  /** The test of the keys that are meant, and of all in force where `which` is undefined. Rejects with `GatewayError`. */
  async test(
    wish: {
      readonly pool: string;
      readonly which: KeySelection | undefined;
      readonly model: string | undefined;
      readonly pace: TestPace;
    },
  ): Promise<KeyTest> {
    const { identity } = this.#parts;
    const providers = this.#providersOf(wish.pool);
    let scopes: Set<string> | undefined;
    if (wish.which !== undefined) {
      const { keys } = await this.#select(wish.pool, wish.which);
      const slice = this.#parts.slice();
      scopes = new Set();
      for (const { config, upstream } of keys) {
        for (const provider of providers(upstream)) {
          if (config !== undefined) scopes.add(identity.scope("key", provider, config.secret.reveal()));
        }
        if (slice.isDue) await slice.rest();
      }
    }
    return keyTestOf(this.#parts.generation(), { ...wish, scopes }, this.#parts);
  }

  /** See {@link KeyBook.rotate}. */
  rotate(): Promise<Rotation> {
    return this.#parts.book.rotate();
  }

  /** Writes out and puts in force; resolves to whether the store took all. */
  async #putInForce(): Promise<boolean> {
    const [saved] = await Promise.all([this.#parts.book.save(), this.#parts.refresh()]);
    return saved;
  }

  #select(pool: string, which: KeySelection): Promise<Selected> {
    const { book, slice } = this.#parts;
    const of = { keys: book.of(pool), providers: this.#providersOf(pool), views: this.#views() };
    return selectKeys(which, of, slice());
  }

  #views(): KeyViews {
    const { identity, health, runtime } = this.#parts;
    return new KeyViews(identity, health, runtime.monotonic());
  }

  *#allOf(pool: string): Iterable<FileKey | RuntimeKey> {
    const found = this.#pool(pool);
    if (found !== undefined) yield* fileKeysOf(found);
    yield* this.#parts.book.of(pool).values();
  }

  #pool(name: string): PoolConfig | undefined {
    return this.#parts.config().pools.find((pool) => pool.name === name);
  }

  /** Keys of a pool that the config has no more can still be seen and deleted. */
  #providersOf(name: string): Providers {
    const pool = this.#pool(name);
    if (pool === undefined && this.#parts.book.of(name).size === 0) throw noPool();
    const all = [...new Set(pool?.upstreams.map(({ provider }) => provider))];
    return (upstream) => {
      const own = pool?.upstreams.find((each) => each.name === upstream);
      return own === undefined ? all : [own.provider];
    };
  }

  #poolToFill(name: string, upstream: string | undefined): PoolConfig {
    const pool = this.#pool(name);
    if (pool === undefined) throw noPool();
    const target = pool.upstreams.find((each) => each.name === upstream);
    if (upstream !== undefined && target === undefined) {
      throw new GatewayError("invalid_body", "The pool has no upstream of that name.", { param: "upstream" });
    }
    if ((target?.keys ?? pool.keys) === "client") {
      throw new GatewayError(
        "invalid_body",
        'The pool passes its callers\' own credentials on ("keys": "client") and takes no others.',
      );
    }
    return pool;
  }

  async #fileKeysOf(pool: PoolConfig): Promise<ReadonlySet<string>> {
    const known = this.#fileKeys.get(pool);
    if (known !== undefined) return known;
    const slice = this.#parts.slice();
    const ids = new Set<string>();
    for (const { config } of fileKeysOf(pool)) {
      ids.add(this.#parts.identity.keyId(config.secret));
      if (slice.isDue) await slice.rest();
    }
    this.#fileKeys.set(pool, ids);
    return ids;
  }
}

/** What became of a change. */
export interface ChangeReport {
  readonly changed: number;
  /** Fingerprints and ids that no key has. */
  readonly unknown: readonly string[];
  /** Whether the store has it; else it is tried again, and lost should the process end before. */
  readonly saved: boolean;
}

interface FileKey {
  readonly upstream: string | undefined;
  readonly config: KeyConfig;
}

function* fileKeysOf(pool: PoolConfig): Iterable<FileKey> {
  if (typeof pool.keys !== "string") {
    for (const config of pool.keys) yield { upstream: undefined, config };
  }
  for (const { name, keys } of pool.upstreams) {
    if (keys === undefined || typeof keys === "string") continue;
    for (const config of keys) yield { upstream: name, config };
  }
}

function noPool(): GatewayError {
  return new GatewayError("not_found", "There is no pool of that name.");
}
