import type { WriteBehind } from "../../stores/write_behind.ts";
import type { DiscoveredModel } from "../../providers/provider.ts";
import { MAX_MODELS } from "./fetch_models.ts";

/** Where lists lie in the store, each in parts under its pool's name and `0`, `1`, … */
const STORE_PREFIX = ["v1", "models"];

/** Models of one part: with the longest names still under a store's 60 KB a value. */
const PART_SIZE = 50;

/** How long a list outlives its fetching, in milliseconds; one that old says little. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** Most pools whose lists are read back. */
const MAX_POOLS = 1_000;

/** Name, most input tokens, most output tokens; 0 where not told. */
type SavedModel = readonly [id: string, contextWindow: number, maxOutputTokens: number];

/** Keeps a pool's list; an empty part marks where it ends. */
export function saveList(state: WriteBehind, pool: string, models: readonly DiscoveredModel[]): void {
  const parts = Math.ceil(models.length / PART_SIZE);
  for (let part = 0; part <= parts; part++) {
    const saved = models.slice(part * PART_SIZE, (part + 1) * PART_SIZE)
      .map((
        { id, contextWindow = 0, maxOutputTokens = 0 },
      ): SavedModel => [id, contextWindow, maxOutputTokens]);
    state.set([...STORE_PREFIX, pool, String(part)], saved, KEPT_MS);
  }
}

/** The lists kept, by pool; what is damaged is left out. Rejects where the store does. */
export async function savedLists(state: WriteBehind): Promise<Map<string, DiscoveredModel[]>> {
  const parts = new Map<string, Map<number, DiscoveredModel[]>>();
  for await (const { key, value } of state.store.list(STORE_PREFIX)) {
    const [pool, part] = key.slice(STORE_PREFIX.length);
    if (pool === undefined || part === undefined || !/^\d{1,4}$/.test(part)) continue;
    let ofPool = parts.get(pool);
    if (ofPool === undefined) {
      if (parts.size >= MAX_POOLS) continue;
      parts.set(pool, ofPool = new Map());
    }
    ofPool.set(Number(part), Array.isArray(value) ? value.flatMap(restored) : []);
  }
  const lists = [...parts].map(([pool, ofPool]) => [pool, joined(ofPool)] as const);
  return new Map(lists.filter(([, models]) => models.length > 0));
}

/** The parts in order, up to the first that is empty or not there: what follows is of an older, longer list. */
function joined(parts: ReadonlyMap<number, readonly DiscoveredModel[]>): DiscoveredModel[] {
  const models: DiscoveredModel[] = [];
  for (let part = 0; models.length < MAX_MODELS; part++) {
    const next = parts.get(part) ?? [];
    if (next.length === 0) break;
    models.push(...next);
  }
  return models;
}

function restored(value: unknown): DiscoveredModel[] {
  if (!Array.isArray(value)) return [];
  const [id, contextWindow, maxOutputTokens]: readonly unknown[] = value;
  if (typeof id !== "string" || id === "" || id.length > 256) return [];
  return [{
    id,
    ...(isCount(contextWindow) ? { contextWindow } : {}),
    ...(isCount(maxOutputTokens) ? { maxOutputTokens } : {}),
  }];
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
