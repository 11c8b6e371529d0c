import type { DiscoverConfig, PoolConfig, RenameConfig, UpstreamConfig } from "../config.ts";

/** A pool's or upstream's renames, one a text. */
export function renamed(rename: RenameConfig): string[] {
  return Object.entries(rename).map(([asked, own]) => `${asked} → ${own}`);
}

/** What a pool that discovers its models offers, in words. */
export function discoveredModels({ include, exclude }: DiscoverConfig): string {
  const but = exclude.length === 0 ? "" : `, but ${exclude.join(", ")}`;
  return `discovered: ${include.join(", ")}${but}`;
}

/** What an upstream has beside its pool's. */
export function ownOfUpstream(
  pool: PoolConfig,
  { provider, apiVersion, rename }: UpstreamConfig,
): Readonly<Record<string, unknown>> {
  return {
    ...(provider === pool.provider ? {} : { provider }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(Object.keys(rename).length === 0 ? {} : { rename: renamed(rename) }),
  };
}
