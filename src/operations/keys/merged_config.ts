import type { Config, KeyConfig, PoolConfig, PoolKeys, UpstreamConfig } from "../../config/config.ts";
import type { KeyBook } from "./key_book.ts";
import type { RuntimeKey } from "./stored_key.ts";

/**
 * The config with the keys of the book added to those of its file. A pool whose every key is unreadable or
 * switched off has none, and nothing is sent without a credential. A pool that passes its callers' own
 * credentials on takes no others.
 */
export function mergedConfig(config: Config, book: KeyBook): Config {
  if (book.size === 0) return config;
  return { ...config, pools: config.pools.map((pool) => mergedPool(pool, [...book.of(pool.name).values()])) };
}

function mergedPool(pool: PoolConfig, added: readonly RuntimeKey[]): PoolConfig {
  if (added.length === 0) return pool;
  const ofPool = added.filter(({ upstream }) => upstream === undefined);
  const keys = ofPool.length === 0 ? pool.keys : withKeys(pool.keys, ofPool);
  const byUpstream = Map.groupBy(added, ({ upstream }) => upstream);
  const upstreams = pool.upstreams.map((upstream): UpstreamConfig => {
    const own = byUpstream.get(upstream.name);
    return own === undefined ? upstream : { ...upstream, keys: withKeys(upstream.keys ?? keys, own) };
  });
  return { ...pool, keys, upstreams };
}

function withKeys(keys: PoolKeys, added: readonly RuntimeKey[]): PoolKeys {
  if (keys === "client") return keys;
  const readable = added.flatMap(({ config }): KeyConfig[] => config === undefined ? [] : [config]);
  return [...keys === "none" ? [] : keys, ...readable];
}
