import type { Provenance, Usage } from "../../core/answer.ts";

/** What one attempt cost: a line of the ledger. */
export interface LedgerRow {
  /** Record id, a hyphen, and the attempt's number. */
  readonly id: string;
  /** Wall clock when it was over. */
  readonly timeMs: number;
  /** It is its request's first: counted as a request. */
  readonly first: boolean;
  readonly tenant: string;
  /** Digest of the tenant key it was asked with. */
  readonly tenantKey: string;
  readonly pool: string;
  /** Fingerprint of the upstream's key; null without one. */
  readonly key: string | null;
  /** The name that the upstream was asked for; null where the request names none. */
  readonly model: string | null;
  /** Its outcome's class was `ok`. */
  readonly ok: boolean;
  readonly usage: Usage;
  readonly provenance: Provenance;
  /** Nanodollars; null where the price is not known. */
  readonly costNanos: number | null;
}

/** What is told apart in totals, in the order of a store key. */
export const DIMENSIONS = ["tenant", "tenantKey", "pool", "key", "model"] as const;

/** One of {@link DIMENSIONS}. */
export type Dimension = (typeof DIMENSIONS)[number];

/** Values of all dimensions; empty where there is none. */
export type LedgerPlace = { readonly [name in Dimension]: string };

/** What is added up, in the order in which totals are stored: new ones go to the end. */
export const MEASURES = [
  "requests",
  "attempts",
  "ok",
  "inputTokens",
  "outputTokens",
  "cachedInputTokens",
  "cacheWriteTokens",
  "reasoningTokens",
  "audioInputTokens",
  "audioOutputTokens",
  "imageInputTokens",
  "imageOutputTokens",
  "costNanos",
  /** Attempts whose price is not known: what they cost is not in `costNanos`. */
  "unpriced",
  "partial",
  "estimated",
  /** Tokens of rows that are not `reported`. */
  "unreportedTokens",
] as const;

/** One of {@link MEASURES}. */
export type Measure = (typeof MEASURES)[number];

/** Sums, in the order of {@link MEASURES}; whole numbers. */
export type Totals = number[];

/** Nothing yet. */
export function noTotals(): Totals {
  return MEASURES.map(() => 0);
}

/** Adds `more` to `totals`; sums that an older version did not keep count as 0. */
export function addTotals(totals: Totals, more: readonly number[]): void {
  for (let at = 0; at < totals.length; at++) totals[at] = (totals[at] ?? 0) + (more[at] ?? 0);
}

/** Where a row counts. A name that a client made up is cut, so that it fits a store key. */
export function placeOf({ tenant, tenantKey, pool, key, model }: LedgerRow): LedgerPlace {
  return { tenant, tenantKey, pool, key: key ?? "", model: (model ?? "").slice(0, MAX_MODEL_LENGTH) };
}

const MAX_MODEL_LENGTH = 200;

/** What a row adds. */
export function totalsOf(row: LedgerRow): Totals {
  const { usage, provenance, costNanos } = row;
  const values: Readonly<Record<Measure, number>> = {
    requests: row.first ? 1 : 0,
    attempts: 1,
    ok: row.ok ? 1 : 0,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cachedInputTokens: usage.cachedInputTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    reasoningTokens: usage.reasoningTokens ?? 0,
    audioInputTokens: usage.audioInputTokens ?? 0,
    audioOutputTokens: usage.audioOutputTokens ?? 0,
    imageInputTokens: usage.imageInputTokens ?? 0,
    imageOutputTokens: usage.imageOutputTokens ?? 0,
    costNanos: costNanos ?? 0,
    unpriced: costNanos === null ? 1 : 0,
    partial: provenance === "partial" ? 1 : 0,
    estimated: provenance === "estimated" ? 1 : 0,
    unreportedTokens: provenance === "reported" ? 0 : usage.inputTokens + usage.outputTokens,
  };
  return MEASURES.map((name) => values[name]);
}
