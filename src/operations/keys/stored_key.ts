import * as z from "zod";
import type { KeyConfig } from "../../config/config.ts";
import { label, models, weight } from "../../config/schema/fields.ts";
import type { Secret } from "../../core/secret.ts";
import { FINGERPRINT_LENGTH } from "../../gateway/routing/endpoint_identity.ts";

/** Where keys made at run time lie in the store: below it pool, then {@link RuntimeKey.place}. `v1` is the shape of {@link storedValue}. */
export const STORE_PREFIX = ["v1", "keys"];

/** Most model names of one key: all of a key must fit into one value of the store. */
export const MAX_MODELS = 50;

/** What may be said of a key, beside the key. Omitted members have the defaults of the config file. */
export const keyFields = z.strictObject({
  name: label().optional(),
  weight: weight().default(1),
  priority: z.int().min(0).max(1000).default(0),
  enabled: z.boolean().default(true),
  models: models().max(MAX_MODELS).optional(),
  quotaGroup: label().optional(),
  note: z.string().max(1000).optional(),
});

/** {@link keyFields} with its defaults. */
export type KeyFields = z.output<typeof keyFields>;

/** A key made at run time. Immutable: a change makes another. */
export interface RuntimeKey {
  /** 26 characters that are the key's own under this instance; the first six are its fingerprint. */
  readonly id: string;
  readonly pool: string;
  /**
   * Its name in the store, and its rank among the keys of the pool: later ones sort later. By their ids they would
   * lie in no order, and writing ten thousand would touch all of the file again and again.
   */
  readonly place: string;
  /** Name of the one upstream it is for; undefined: for all that take the pool's keys. */
  readonly upstream: string | undefined;
  readonly fields: KeyFields;
  /** Wall clock. */
  readonly addedMs: number;
  /** The key under the master key. */
  readonly sealed: string;
  /** What endpoints are made of; undefined: it cannot be read with the master keys at hand. */
  readonly config: KeyConfig | undefined;
}

/** The first characters of an id: what records and answers call a key. */
export function fingerprintOf(id: string): string {
  return id.slice(0, FINGERPRINT_LENGTH);
}

/** What a sealed key belongs to: it opens for no other pool and no other id. */
export function ownerOf(pool: string, id: string): string {
  return `${pool}\0${id}`;
}

/** The key as endpoints take it. */
export function keyConfig(secret: Secret, fields: KeyFields): KeyConfig {
  const { name, weight, priority, enabled, models, quotaGroup, note } = fields;
  return { name, secret, weight, priority, enabled, models, limits: undefined, quotaGroup, note };
}

const stored = z.object({
  id: z.string(),
  sealed: z.string(),
  upstream: z.string().optional(),
  addedMs: z.number(),
  fields: keyFields,
});

/** What the store keeps of a key. */
export function storedValue({ id, sealed, upstream, addedMs, fields }: RuntimeKey): unknown {
  return { id, sealed, upstream, addedMs, fields };
}

/** Reads {@link storedValue}, without its key; undefined for anything else. */
export function readStored(pool: string, place: string, value: unknown): RuntimeKey | undefined {
  const read = stored.safeParse(value);
  if (!read.success) return undefined;
  const { id, sealed, upstream, addedMs, fields } = read.data;
  return { id, pool, place, upstream, fields, addedMs, sealed, config: undefined };
}
