import { parseDurationMs } from "../../config/schema/duration.ts";
import { GatewayError } from "../../core/errors.ts";
import { parseIsoTime } from "../../core/time/iso_time.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";
import type { StoredKey } from "./stored_tenant.ts";

/** How long old keys stay good after a rotation that does not say. */
const USUAL_OVERLAP_MS = 86_400_000;

/** When old keys end. */
export interface OldKeysEnd {
  /** How long they stay good, as the config spells durations. */
  readonly overlap?: string | undefined;
  /** Until when, instead. */
  readonly oldUntil?: string | undefined;
}

/**
 * The keys of a tenant after a rotation, without the new one: those of `meant` get an end, or are gone where that is
 * now; those that are over already are dropped. Throws `GatewayError` `invalid_body` for an `oldUntil` that is no time.
 */
export function keysLeft(
  keys: readonly StoredKey[],
  meant: readonly StoredKey[],
  end: OldKeysEnd,
  nowMs: number,
): readonly StoredKey[] {
  const untilMs = endOfOld(end, nowMs);
  return stillGood(keys, nowMs).flatMap((key) => {
    if (!meant.includes(key)) return [key];
    if (untilMs <= nowMs) return [];
    return [endOf(key) <= untilMs ? key : { ...key, expires: utcTime(untilMs) }];
  });
}

/**
 * The limits of a key that takes the place of others and says nothing of its own: theirs, so that no limit is lost
 * by a rotation. Throws `GatewayError` `invalid_body` where they have different ones.
 */
export function limitsTakenOver(meant: readonly StoredKey[], nowMs: number): unknown {
  const [first, ...others] = stillGood(meant, nowMs).map(({ limits }) => limits);
  if (others.every((each) => JSON.stringify(each) === JSON.stringify(first))) return first;
  throw new GatewayError(
    "invalid_body",
    "limits: the old keys have different limits. Say which the new one gets (null: none), or rotate one key by its fingerprint.",
    { param: "limits" },
  );
}

function stillGood(keys: readonly StoredKey[], nowMs: number): readonly StoredKey[] {
  return keys.filter((key) => endOf(key) > nowMs);
}

function endOf({ expires }: StoredKey): number {
  return (expires === undefined ? undefined : parseIsoTime(expires)) ?? Infinity;
}

function endOfOld({ overlap, oldUntil }: OldKeysEnd, nowMs: number): number {
  if (oldUntil === undefined) {
    return nowMs + (overlap === undefined ? USUAL_OVERLAP_MS : parseDurationMs(overlap));
  }
  const untilMs = parseIsoTime(oldUntil);
  if (untilMs !== undefined) return untilMs;
  throw new GatewayError(
    "invalid_body",
    'oldUntil: must be a day such as "2027-01-31" or a time with its zone such as "2027-01-31T18:00:00Z".',
    { param: "oldUntil" },
  );
}
