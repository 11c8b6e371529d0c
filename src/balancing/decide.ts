import { SmallMap } from "../core/memory/small_map.ts";
import { isCrowded } from "./affinity/crowding.ts";
import type { Candidate } from "./endpoint.ts";
import type { HealthView } from "./health/health_view.ts";
import type { Turn } from "./index/candidate_index.ts";
import { type NobodyFound, NobodyLeft } from "./index/nobody_left.ts";
import type { Rotation, Surroundings } from "./index/rotation.ts";
import { KnownRates, weightNow } from "./index/weights.ts";
import {
  type AskingRequest,
  backAtMs,
  type Exclusion,
  exclusionOf,
  type ExclusionReason,
} from "./standing.ts";
import type { Contender, PickContext } from "./strategies/strategy.ts";
import type { Tier } from "./tier.ts";

export type { HealthView };

/** What deciding must know of a request. */
export interface DecideRequest extends AskingRequest {
  /** Endpoint id that affinity asks for; taken when it is eligible and not crowded. */
  readonly stayWith?: string | undefined;
  /** It is taken however crowded: what the request needs lies there. */
  readonly stayAnyway?: boolean | undefined;
  /** Requests with the same one belong together for `consistent_hash`; absent: it belongs to none. */
  readonly hashKey?: string | undefined;
  /** Name a reason for every candidate; counts are always there. */
  readonly explain?: boolean;
}

/** What deciding may look at beside the request and the tier. */
export interface Circumstances extends Surroundings {
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** One candidate's standing, for explaining. */
export interface CandidateStanding extends Omit<Exclusion, "reason"> {
  readonly endpoint: string;
  /** The model that the upstream would be asked for. */
  readonly model: string | undefined;
  readonly reason: ExclusionReason | "eligible";
}

/** Why this pick, in counts. */
export interface Why {
  readonly candidates: number;
  /** Candidates that were looked at: in a large tier mostly a few, and the counts that follow are of these alone. */
  readonly looked: number;
  readonly eligible: number;
  /** Reasons that excluded nobody are left out. */
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>;
  readonly chosenBy: "affinity" | "strategy" | "nobody";
  /** The endpoint that affinity asked for could serve, but bears more than its share. */
  readonly crowded?: true;
  /** True: everything usable was ejected by our own judgement, so ejection was ignored. */
  readonly panic: boolean;
  /** With no pick: milliseconds until the first candidate is back from a cooldown or has room; absent when waiting helps none. */
  readonly soonestMs?: number;
  /** With no pick: all that rest do so after the upstream refused their key or the model, none for a limit. */
  readonly refused?: true;
  /** With no pick: one of those that were looked at has as many requests under way as it may, and else could serve. */
  readonly busy?: true;
  /** Only when asked to explain. */
  readonly standings?: readonly CandidateStanding[];
}

/** A pick and its reasons. */
export interface Decision {
  readonly pick: Candidate | undefined;
  /** What `startLease` needs to turn the rotation; undefined when nobody was picked. */
  readonly turn: Turn | undefined;
  readonly why: Why;
}

/**
 * Chooses a candidate of the tier, or says why there is none. Pure and synchronous: serving, explaining and
 * simulating call this same function; only `CandidateIndex.settle` before it and a lease after it change state.
 * In a large tier its index is asked first, and all are looked at only when it offers nobody, and nobody has found
 * out a moment ago that there is none.
 */
export function decide(request: DecideRequest, tier: Tier, around: Circumstances): Decision {
  const { avoid } = request;
  if (avoid === undefined) return choose(request, tier, around);
  // Where all would be avoided, a large tier need not be looked at twice.
  if (!tier.upstreams.isSubsetOf(avoid)) {
    const elsewhere = choose(request, tier, around);
    // What failed once is still better than what is ejected.
    if (elsewhere.pick !== undefined && !elsewhere.why.panic) return elsewhere;
  }
  return choose({ ...request, avoid: undefined }, tier, around);
}

function choose(request: DecideRequest, tier: Tier, around: Circumstances): Decision {
  const rotation = tier.index.rotation(request.model);
  const few = rotation && lookAtFew(request, tier, around, rotation);
  if (few?.decision !== undefined && request.explain !== true) return few.decision;
  const nobody = request.explain
    ? undefined
    : rotation && nobodyLeft.get(rotation)?.holds(request.estimate, around);
  if (nobody !== undefined) return { pick: undefined, turn: undefined, why: whyNobody(nobody, around.nowMs) };
  const all = lookAtAll(request, tier, around, rotation, few?.passed ?? []);
  if (few?.decision === undefined) {
    if (rotation !== undefined && request.explain !== true) noteNobody(all.why, request, rotation, around);
    return all;
  }
  const { pick, turn, why: { chosenBy, crowded } } = few.decision;
  return { pick, turn, why: { ...all.why, chosenBy, ...(crowded ? { crowded } : {}) } };
}

/** By what a large tier knows of a model. */
const nobodyLeft = new WeakMap<Rotation, NobodyLeft<Why>>();

/** Remembers that nobody is left, where that is so for every request, and until a time and not until a request ends. */
function noteNobody(why: Why, { estimate }: DecideRequest, rotation: Rotation, around: Circumstances): void {
  const { chosenBy, excluded: { tried, ejected }, busy, soonestMs = Infinity } = why;
  if (chosenBy !== "nobody" || tried !== undefined || ejected !== undefined || busy === true) return;
  let left = nobodyLeft.get(rotation);
  if (left === undefined) nobodyLeft.set(rotation, left = new NobodyLeft());
  left.note({ why, estimate, soonestMs: around.nowMs + soonestMs }, around);
}

function whyNobody({ why, soonestMs }: NobodyFound<Why>, nowMs: number): Why {
  return why.soonestMs === undefined ? why : { ...why, soonestMs: soonestMs - nowMs };
}

/** Counts what was looked at. */
class Tally {
  readonly excluded: Partial<Record<ExclusionReason, number>> = {};
  looked = 0;
  eligible = 0;
  soonestMs = Infinity;
  /** Of those that waiting brings back: after a refusal, and for a limit. */
  refused = 0;
  limited = 0;
  busy = false;

  add(exclusion: Exclusion | undefined, nowMs: number): void {
    this.looked++;
    if (exclusion === undefined) {
      this.eligible++;
      return;
    }
    const { reason } = exclusion;
    this.excluded[reason] = (this.excluded[reason] ?? 0) + 1;
    const backMs = backAtMs(exclusion);
    if (backMs === undefined) return;
    this.soonestMs = Math.min(this.soonestMs, backMs - nowMs);
    if (exclusion.shortage?.reason === "concurrency") this.busy = true;
    if (exclusion.mark?.refused) this.refused++;
    else this.limited++;
  }
}

function lookAtFew(
  request: DecideRequest,
  tier: Tier,
  around: Circumstances,
  rotation: Rotation,
): { decision: Decision | undefined; passed: readonly number[] } {
  const tally = new Tally();
  const passed: number[] = [];
  const known = new SmallMap<number, boolean>();
  const usable = (slot: number): boolean => {
    const before = known.get(slot);
    if (before !== undefined) return before;
    const candidate = tier.candidates[slot];
    if (candidate === undefined) return false;
    const exclusion = exclusionOf(candidate, request, around);
    tally.add(exclusion, around.nowMs);
    if (exclusion !== undefined) passed.push(slot);
    known.set(slot, exclusion === undefined);
    return exclusion === undefined;
  };
  const wanted = request.stayWith === undefined
    ? undefined
    : tier.index.slotsOf(request.stayWith).find(usable);
  const crowded = wanted !== undefined && mustYield(request, tier, wanted, rotation.shareOf(wanted));
  const staying = crowded ? undefined : wanted;
  const slot = staying ?? rotation.seeker.seek(usable, contextOf(request, tier, around));
  const candidate = tier.candidates[slot];
  if (candidate === undefined) return { decision: undefined, passed };
  const chosen: Contender = { slot, candidate, weight: candidate.weight };
  const why: Why = {
    candidates: tier.candidates.length,
    looked: tally.looked,
    eligible: tally.eligible,
    excluded: tally.excluded,
    chosenBy: staying === undefined ? "strategy" : "affinity",
    ...(crowded ? { crowded } : {}),
    panic: false,
  };
  return { decision: { pick: candidate, turn: { chosen, eligible: [], rotation, passed }, why }, passed };
}

function lookAtAll(
  request: DecideRequest,
  tier: Tier,
  around: Circumstances,
  rotation: Rotation | undefined,
  passed: readonly number[],
): Decision {
  const tally = new Tally();
  const standings: CandidateStanding[] | undefined = request.explain ? [] : undefined;
  const usable: number[] = [];
  const ejected: number[] = [];
  let slot = -1;
  for (const candidate of tier.candidates) {
    slot++;
    const exclusion = exclusionOf(candidate, request, around);
    tally.add(exclusion, around.nowMs);
    if (exclusion === undefined) usable.push(slot);
    else if (exclusion.reason === "ejected") ejected.push(slot);
    standings?.push({
      endpoint: candidate.endpoint.id,
      model: candidate.model ?? request.model,
      ...(exclusion ?? { reason: "eligible" }),
    });
  }
  const panic = usable.length === 0 && ejected.length > 0;
  const eligible = contendersOf(panic ? ejected : usable, request, tier, around);
  const wanted = eligible.find(({ candidate }) => candidate.endpoint.id === request.stayWith);
  const crowded = wanted !== undefined && mustYield(request, tier, wanted.slot, shareOf(wanted, eligible));
  const staying = crowded ? undefined : wanted;
  const chosen = staying ?? tier.index.picker.pick(eligible, contextOf(request, tier, around));
  return {
    pick: chosen?.candidate,
    turn: chosen && { chosen, eligible, rotation, passed },
    why: {
      candidates: tier.candidates.length,
      looked: tally.looked,
      eligible: eligible.length,
      excluded: tally.excluded,
      chosenBy: chosen === undefined ? "nobody" : staying === undefined ? "strategy" : "affinity",
      ...(crowded ? { crowded } : {}),
      panic,
      ...(chosen === undefined && tally.soonestMs < Infinity ? { soonestMs: tally.soonestMs } : {}),
      ...(chosen === undefined && tally.refused > 0 && tally.limited === 0 ? { refused: true } : {}),
      ...(chosen === undefined && tally.busy ? { busy: true } : {}),
      ...(standings === undefined ? {} : { standings }),
    },
  };
}

/** Those slots with their weights: what config says, by recent failures, slow start and known limits. */
function contendersOf(
  slots: readonly number[],
  { model }: DecideRequest,
  { candidates, index }: Tier,
  { quota, nowMs }: Circumstances,
): Contender[] {
  const rates = new KnownRates();
  const known: (number | undefined)[] = [];
  const contenders: { slot: number; candidate: Candidate; weight: number }[] = [];
  for (const slot of slots) {
    const candidate = candidates[slot];
    if (candidate === undefined) continue;
    const rate = quota.rate(candidate, candidate.model ?? model);
    rates.change(undefined, rate);
    known.push(rate);
    contenders.push({ slot, candidate, weight: weightNow(candidate, nowMs, index.slowStartMs) });
  }
  if (rates.isEmpty) return contenders;
  for (const [at, contender] of contenders.entries()) contender.weight *= rates.factor(known[at]);
  return contenders;
}

/** Whether affinity yields: the slot bears more than its `share` of what this tier began. */
function mustYield({ stayAnyway }: DecideRequest, { index }: Tier, slot: number, share: number): boolean {
  const { bySlot, total } = index.tierLoad;
  return stayAnyway !== true && isCrowded({ inFlight: bySlot[slot] ?? 0, total, share });
}

/** Its part of the weights of all that are eligible. */
function shareOf({ weight }: Contender, eligible: readonly Contender[]): number {
  return weight / eligible.reduce((sum, contender) => sum + contender.weight, 0);
}

function contextOf(
  { model, hashKey }: DecideRequest,
  { index }: Tier,
  { nowMs, random, quota }: Circumstances,
): PickContext {
  return { nowMs, random, model, quota, hashKey, tierLoad: index.tierLoad };
}
