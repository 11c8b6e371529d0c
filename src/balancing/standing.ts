import type { Candidate } from "./endpoint.ts";
import type { Mark } from "./health/mark.ts";
import type { Surroundings } from "./index/rotation.ts";
import type { RequestEstimate, Shortage } from "./quota/quota_view.ts";

/** Why a candidate is out. */
export const EXCLUSION_REASONS = [
  "weight_zero",
  "not_offered",
  "disabled",
  "invalid",
  "cooldown",
  "no_headroom",
  "tried",
  "ejected",
] as const;

/** One of {@link EXCLUSION_REASONS}; a candidate counts under the first that holds. */
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

/** Why one candidate may not serve one request. */
export interface Exclusion {
  readonly reason: ExclusionReason;
  /** The mark, where health is the reason. */
  readonly mark?: Mark;
  /** What is short, where `no_headroom` is the reason. */
  readonly shortage?: Shortage;
}

/** What {@link exclusionOf} must know of the request. */
export interface AskingRequest {
  /** The model the client asked for; undefined for calls without one. */
  readonly model: string | undefined;
  /** Candidates that were tried for this request, by identity. */
  readonly tried: ReadonlySet<Candidate>;
  /** Scopes of upstreams that could not be reached for this request: all their candidates count as tried. */
  readonly unreachable?: ReadonlySet<string> | undefined;
  /** Scopes of upstreams that failed for this request: theirs count as tried as long as another upstream can serve. */
  readonly avoid?: ReadonlySet<string> | undefined;
  /** What it will cost at most; absent: limits are not looked at. */
  readonly estimate?: RequestEstimate | undefined;
}

/**
 * The first reason that holds against the candidate, or undefined. Cooldowns and shortages come before `tried`,
 * so that a request that was told to wait by all it tried still learns for how long; ejection comes last, so that
 * panic never revives what was tried.
 */
export function exclusionOf(
  candidate: Candidate,
  { model: asked, tried, unreachable, avoid, estimate }: AskingRequest,
  { health, quota, nowMs }: Surroundings,
): Exclusion | undefined {
  if (!(candidate.weight > 0)) return { reason: "weight_zero" };
  const model = candidate.model ?? asked;
  const offers = candidate.endpoint.models;
  if (offers !== undefined && model !== undefined && !offers(model)) return { reason: "not_offered" };
  const mark = health.exclusion(candidate, model, nowMs);
  if (mark !== undefined && mark.state !== "ejected") return { reason: mark.state, mark };
  const shortage = estimate && quota.shortage(candidate, model, estimate, nowMs);
  if (shortage !== undefined) return { reason: "no_headroom", shortage };
  const { upstream } = candidate.endpoint.scopes;
  if (tried.has(candidate) || unreachable?.has(upstream) || avoid?.has(upstream)) return { reason: "tried" };
  return mark && { reason: "ejected", mark };
}

/** When the candidate is back, if waiting is all it takes: monotonic milliseconds. */
export function backAtMs({ reason, mark, shortage }: Exclusion): number | undefined {
  return reason === "cooldown" ? mark?.endMs : shortage?.untilMs;
}
