import { type Matcher, matcherOf } from "../core/pattern.ts";
import type { Candidate } from "./endpoint.ts";
import type { Mark } from "./health/mark.ts";
import type { Tier } from "./tier.ts";

/** What deciding must know of a request. */
export interface DecideRequest {
  /** The model the client asked for; undefined for calls without one. */
  readonly model: string | undefined;
  /** Candidates of this tier that were tried for this request, by identity. */
  readonly tried: ReadonlySet<Candidate>;
  /** Endpoint id that affinity asks for; taken when it is eligible. */
  readonly stayWith?: string | undefined;
  /** Name a reason for every candidate; counts are always there. */
  readonly explain?: boolean;
}

/** What deciding asks of health. */
export interface HealthView {
  /**
   * The mark that keeps the candidate out at `nowMs` (monotonic), or undefined. Where several stand: a person's
   * before the vendor's, the vendor's before our own, and of several cooldowns the longest.
   */
  exclusion(candidate: Candidate, model: string | undefined, nowMs: number): Mark | undefined;
}

/** Why a candidate is out. */
export const EXCLUSION_REASONS = [
  "weight_zero",
  "not_offered",
  "disabled",
  "invalid",
  "cooldown",
  "tried",
  "ejected",
] as const;

/** One of {@link EXCLUSION_REASONS}; a candidate counts under the first that holds. */
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

/** One candidate's standing, for explaining. */
export interface CandidateStanding {
  readonly endpoint: string;
  /** The model that the upstream would be asked for. */
  readonly model: string | undefined;
  readonly reason: ExclusionReason | "eligible";
  /** The mark behind the reason, where health is the reason. */
  readonly mark?: Mark;
}

/** Why this pick, in counts. */
export interface Why {
  readonly candidates: number;
  readonly eligible: number;
  /** Reasons that excluded nobody are left out. */
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>;
  readonly chosenBy: "affinity" | "strategy" | "nobody";
  /** True: everything usable was ejected by our own judgement, so ejection was ignored. */
  readonly panic: boolean;
  /** With no pick: milliseconds until the first candidate is back from a cooldown; absent when none cools down. */
  readonly soonestMs?: number;
  /** Only when asked to explain. */
  readonly standings?: readonly CandidateStanding[];
}

/** A pick and its reasons. */
export interface Decision {
  readonly pick: Candidate | undefined;
  /** Those it was picked from; `startLease` needs them to turn the rotation. */
  readonly eligible: readonly Candidate[];
  readonly why: Why;
}

/**
 * Chooses a candidate of the tier, or says why there is none. Pure and synchronous: serving, explaining and
 * simulating call this same function, and only a lease changes state. `nowMs` is monotonic; `random` gives
 * numbers in [0, 1).
 */
export function decide(
  request: DecideRequest,
  tier: Tier,
  health: HealthView,
  nowMs: number,
  random: () => number,
): Decision {
  const usable: Candidate[] = [];
  const ejected: Candidate[] = [];
  const excluded: Partial<Record<ExclusionReason, number>> = {};
  const standings: CandidateStanding[] | undefined = request.explain ? [] : undefined;
  let soonestMs = Infinity;
  for (const candidate of tier.candidates) {
    const model = candidate.model ?? request.model;
    const mark = health.exclusion(candidate, model, nowMs);
    const reason = exclusionReason(candidate, model, mark, request.tried);
    if (reason === undefined) {
      usable.push(candidate);
    } else {
      excluded[reason] = (excluded[reason] ?? 0) + 1;
      if (reason === "ejected") ejected.push(candidate);
      if (reason === "cooldown" && mark !== undefined) soonestMs = Math.min(soonestMs, mark.endMs - nowMs);
    }
    standings?.push(standingOf(candidate, model, reason, mark));
  }
  const panic = usable.length === 0 && ejected.length > 0;
  const eligible = panic ? ejected : usable;
  const staying = request.stayWith === undefined
    ? undefined
    : eligible.find((candidate) => candidate.endpoint.id === request.stayWith);
  const pick = staying ?? tier.picker.pick(eligible, { nowMs, random });
  const chosenBy = pick === undefined ? "nobody" : staying === undefined ? "strategy" : "affinity";
  return {
    pick,
    eligible,
    why: {
      candidates: tier.candidates.length,
      eligible: eligible.length,
      excluded,
      chosenBy,
      panic,
      ...(pick === undefined && soonestMs < Infinity ? { soonestMs } : {}),
      ...(standings === undefined ? {} : { standings }),
    },
  };
}

/**
 * The first reason that holds. Cooldowns come before `tried`, so that a request that was told to wait by all
 * it tried still learns for how long; ejection comes last, so that panic never revives what was tried.
 */
function exclusionReason(
  candidate: Candidate,
  model: string | undefined,
  mark: Mark | undefined,
  tried: ReadonlySet<Candidate>,
): ExclusionReason | undefined {
  if (!(candidate.weight > 0)) return "weight_zero";
  const offered = candidate.endpoint.models;
  if (offered !== undefined && model !== undefined && !offers(offered, model)) return "not_offered";
  if (mark !== undefined && mark.state !== "ejected") return mark.state;
  if (tried.has(candidate)) return "tried";
  return mark?.state;
}

function standingOf(
  candidate: Candidate,
  model: string | undefined,
  reason: ExclusionReason | undefined,
  mark: Mark | undefined,
): CandidateStanding {
  const byHealth = mark !== undefined && reason === mark.state;
  return {
    endpoint: candidate.endpoint.id,
    model,
    reason: reason ?? "eligible",
    ...(byHealth ? { mark } : {}),
  };
}

/** Matchers by the list they were made from; a list lives as long as its generation, and its matcher with it. */
const matchers = new WeakMap<readonly string[], Matcher>();

function offers(patterns: readonly string[], model: string): boolean {
  let matches = matchers.get(patterns);
  if (matches === undefined) {
    matches = matcherOf(patterns);
    matchers.set(patterns, matches);
  }
  return matches(model);
}
