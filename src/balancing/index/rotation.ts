import type { Candidate } from "../endpoint.ts";
import type { HealthView } from "../health/health_view.ts";
import type { QuotaView, RequestEstimate } from "../quota/quota_view.ts";
import { type Choosing, MAX_LOOKS, type Seeker } from "../strategies/strategy.ts";
import { KeyedHeap } from "./keyed_heap.ts";
import { KnownRates, weightNow } from "./weights.ts";

/** Longest time that nobody looks at one that is out, so that a person's change is noticed soon. In milliseconds. */
const MAX_PARKED_MS = 1_000;

/** How often the weight of one in its slow start is taken anew, in milliseconds. */
const WARMING_MS = 1_000;

/** Most candidates that one {@link Rotation.settle} looks at because they are due. */
const MAX_STEPS = 64;

/** A request so small that whoever has no room for it has room for nobody. */
const LEAST: RequestEstimate = { requests: 1, inputTokens: 0, outputTokens: 0 };

/** What a rotation is made of. */
export interface RotationParts {
  readonly candidates: readonly Candidate[];
  readonly choosing: Choosing;
  readonly slowStartMs: number;
  /** The model clients ask for; a candidate's own goes before it. */
  readonly model: string | undefined;
  /** See {@link Choosing.seeker}. */
  readonly phase: number;
}

/** What is known outside at one moment. */
export interface Surroundings {
  readonly health: HealthView;
  readonly quota: QuotaView;
  /** Monotonic. */
  readonly nowMs: number;
}

/**
 * Those of a large tier that can serve one model: who is out is parked until it may be back, so that nobody has
 * to step over it. It learns of that from what requests met ({@link started}) and by looking at a few at a time
 * ({@link settle}); a request still asks for itself of whomever it is about to take.
 */
export class Rotation {
  readonly seeker: Seeker;
  readonly #parts: RotationParts;
  readonly #slots: readonly number[];
  readonly #rates = new KnownRates();
  readonly #rateBySlot = new Map<number, number>();
  readonly #isParked: Uint8Array;
  /** By slot, of those that are not parked; and their sum. */
  readonly #weights: Float64Array;
  #totalWeight = 0;
  /** When each slot is to be looked at. */
  readonly #due: KeyedHeap;
  /** Slots that requests met and could not use. */
  #met: number[] = [];
  #sweepAt = 0;

  /** Takes everyone in who could ever serve the model: O(n), once for a model. */
  constructor(parts: RotationParts, { quota, nowMs }: Surroundings) {
    const { candidates, choosing, model, slowStartMs } = parts;
    this.#parts = parts;
    this.#slots = candidates.flatMap((candidate, slot) => canServe(candidate, model) ? [slot] : []);
    this.seeker = choosing.seeker(candidates, this.#slots, parts.phase);
    this.#isParked = new Uint8Array(candidates.length);
    this.#weights = new Float64Array(candidates.length);
    this.#due = new KeyedHeap(candidates.length);
    const rates = this.#slots.map((slot) => this.#rate(slot, quota));
    for (const [at, slot] of this.#slots.entries()) {
      const candidate = candidates[slot];
      if (candidate === undefined) continue;
      this.#join(slot, weightNow(candidate, nowMs, slowStartMs) * this.#rates.factor(rates[at]));
      if (candidate.endpoint.load.warmth(nowMs, slowStartMs) < 1) this.#due.set(slot, nowMs + WARMING_MS);
    }
  }

  /** Looks at those that are due, at those that requests met, and at one more in turn: a bounded number. */
  settle(surroundings: Surroundings): void {
    const { nowMs } = surroundings;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const slot = this.#due.first;
      if (slot < 0 || this.#due.keyOf(slot) > nowMs) break;
      this.#due.remove(slot);
      this.#look(slot, surroundings);
    }
    if (this.#met.length > 0) {
      for (const slot of this.#met) this.#look(slot, surroundings);
      this.#met = [];
    }
    const next = this.#slots[this.#sweepAt++];
    if (next === undefined) this.#sweepAt = 0;
    else this.#look(next, surroundings);
  }

  /** The slot's part, 0 to 1, of the weights of all that can serve, as far as is known. */
  shareOf(slot: number): number {
    return this.#totalWeight > 0 ? (this.#weights[slot] ?? 0) / this.#totalWeight : 0;
  }

  /** A request took the slot, after those it looked at and could not use. */
  started(slot: number, passed: readonly number[]): void {
    this.seeker.started(slot, passed);
    // Far fewer than this unless many requests begin between two settlings; the sweep finds who is left out.
    if (this.#met.length < 2 * MAX_LOOKS) this.#met.push(...passed, slot);
  }

  #look(slot: number, { health, quota, nowMs }: Surroundings): void {
    const { candidates, slowStartMs } = this.#parts;
    const candidate = candidates[slot];
    if (candidate === undefined || !canServe(candidate, this.#parts.model)) return;
    const { load } = candidate.endpoint;
    const model = candidate.model ?? this.#parts.model;
    const mark = health.exclusion(candidate, model, nowMs);
    load.seen(mark, nowMs);
    const untilMs = mark?.endMs ?? quota.shortage(candidate, model, LEAST, nowMs)?.untilMs;
    if (untilMs !== undefined && untilMs > nowMs) {
      if (this.#isParked[slot] === 0) this.#leave(slot);
      this.#isParked[slot] = 1;
      this.#due.set(slot, Math.min(untilMs, nowMs + MAX_PARKED_MS));
      return;
    }
    this.#isParked[slot] = 0;
    this.#join(slot, weightNow(candidate, nowMs, slowStartMs) * this.#rates.factor(this.#rate(slot, quota)));
    if (load.warmth(nowMs, slowStartMs) < 1) this.#due.set(slot, nowMs + WARMING_MS);
    else this.#due.remove(slot);
  }

  #join(slot: number, weight: number): void {
    this.seeker.join(slot, weight);
    this.#totalWeight += weight - (this.#weights[slot] ?? 0);
    this.#weights[slot] = weight;
  }

  #leave(slot: number): void {
    this.seeker.leave(slot);
    this.#totalWeight -= this.#weights[slot] ?? 0;
    this.#weights[slot] = 0;
  }

  #rate(slot: number, quota: QuotaView): number | undefined {
    const candidate = this.#parts.candidates[slot];
    if (candidate === undefined) return undefined;
    const rate = quota.rate(candidate, candidate.model ?? this.#parts.model);
    const before = this.#rateBySlot.get(slot);
    if (rate === before) return rate;
    this.#rates.change(before, rate);
    if (rate === undefined) this.#rateBySlot.delete(slot);
    else this.#rateBySlot.set(slot, rate);
    return rate;
  }
}

function canServe(candidate: Candidate, asked: string | undefined): boolean {
  const model = candidate.model ?? asked;
  return candidate.weight > 0 &&
    (candidate.endpoint.models === undefined || model === undefined || candidate.endpoint.models(model));
}
