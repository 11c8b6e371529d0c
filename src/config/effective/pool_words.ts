import type { DiscoverConfig, RenameConfig } from "../config.ts";

/** A pool's or upstream's renames, one a text. */
export function renamed(rename: RenameConfig): string[] {
  return Object.entries(rename).map(([asked, own]) => `${asked} → ${own}`);
}

/** What a pool that discovers its models offers, in words. */
export function discoveredModels({ include, exclude }: DiscoverConfig): string {
  const but = exclude.length === 0 ? "" : `, but ${exclude.join(", ")}`;
  return `discovered: ${include.join(", ")}${but}`;
}
