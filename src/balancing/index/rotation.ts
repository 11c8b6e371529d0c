import type { Steps } from "../../core/time/steps.ts";
import type { Candidate } from "../endpoint.ts";
import type { HealthView } from "../health/health_view.ts";
import type { QuotaView, RequestEstimate } from "../quota/quota_view.ts";
import { type Choosing, MAX_LOOKS, type Seeker } from "../strategies/strategy.ts";
import { KeyedHeap } from "./keyed_heap.ts";
import { KnownRates, weightNow } from "./weights.ts";

/**
 * Longest time that nobody looks at one that is out, in milliseconds: limits give room back early, and so may
 * health that does not say when it does.
 */
const MAX_PARKED_MS = 1_000;

/** The same for marks, where health says that it took one off early: nothing else can end them before their time. */
const MAX_MARKED_MS = 30_000;

/** How often the weight of one in its slow start is taken anew, in milliseconds. */
const WARMING_MS = 1_000;

/** Most candidates that one {@link Rotation.settle} looks at because they are due, and as many because a mark was taken off. */
const MAX_STEPS = 64;

/** Most candidates that one {@link Rotation.settle} looks at in turn, whatever it knows of them. */
const MAX_SWEPT = 4;

/** Least time between two searches for whom health has freed, in milliseconds: trials that go well come in rows. */
const SEARCH_MS = 1_000;

/** Most slots that one {@link Rotation.settle} steps over to find those that are parked. */
const MAX_SCANNED = 2_048;

/** Slots looked at between two steps of {@link Rotation.filled}: a fraction of a millisecond. */
const SLOTS_A_STEP = 32;

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
  /** Slots to be looked at next: requests met them and could not use them, or their use changed what they may bear. */
  #met: number[] = [];
  #sweepAt = 0;
  #sweptMs: number;
  /** What health said last of marks taken off, and how many slots are still to be searched for whom it freed. */
  #reliefs: number | undefined;
  #unsearched = 0;
  #searchAt = 0;
  #nextSearchMs = -Infinity;

  /** Knows nobody yet; see {@link Rotation.filled}. */
  private constructor(parts: RotationParts, surroundings: Surroundings) {
    const { candidates, choosing, model } = parts;
    this.#parts = parts;
    this.#sweptMs = surroundings.nowMs;
    this.#reliefs = surroundings.health.reliefs;
    this.#slots = candidates.flatMap((candidate, slot) => canServe(candidate, model) ? [slot] : []);
    this.seeker = choosing.seeker(candidates, this.#slots, parts.phase);
    this.#isParked = new Uint8Array(candidates.length);
    this.#weights = new Float64Array(candidates.length);
    this.#due = new KeyedHeap(candidates.length);
  }

  /** Makes one that has looked at everyone who could ever serve the model: O(n) steps, once for a model. */
  static *filled(parts: RotationParts, surroundings: Surroundings): Steps<Rotation> {
    const rotation = new Rotation(parts, surroundings);
    // All limits first: each weight is measured by the mean of them.
    for (const [at, slot] of rotation.#slots.entries()) {
      rotation.#rate(slot, surroundings.quota);
      if (at % SLOTS_A_STEP === 0) yield;
    }
    for (const [at, slot] of rotation.#slots.entries()) {
      rotation.#look(slot, surroundings);
      if (at % SLOTS_A_STEP === 0) yield;
    }
    return rotation;
  }

  /** Looks at those that are due, at those that requests met, and at a few more in turn: a bounded number. */
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
    this.#searchFreed(surroundings);
    this.#sweep(surroundings);
  }

  /** The slot's part, 0 to 1, of the weights of all that can serve, as far as is known. */
  shareOf(slot: number): number {
    return this.#totalWeight > 0 ? (this.#weights[slot] ?? 0) / this.#totalWeight : 0;
  }

  /** A request took the slot, after those it looked at and could not use. */
  started(slot: number, passed: readonly number[]): void {
    this.seeker.started(slot, passed);
    this.#meet(passed);
    if (this.#isParked[slot] === 1) this.#meet([slot]);
  }

  /** A use of the slot is over; `hasChanged`: it told something of what it may bear. */
  ended(slot: number, hasChanged: boolean): void {
    // One that was out while it was used was tried: it may be back.
    if (hasChanged || this.#isParked[slot] === 1) this.#meet([slot]);
  }

  #meet(slots: readonly number[]): void {
    // Far fewer than this unless many requests begin between two settlings; the sweep finds who is left out.
    if (this.#met.length < 2 * MAX_LOOKS) this.#met.push(...slots);
  }

  /** Around and around, one a millisecond: limits are learnt and weights change also where no request was met. */
  #sweep(surroundings: Surroundings): void {
    const { nowMs } = surroundings;
    const steps = Math.min(MAX_SWEPT, Math.floor(nowMs - this.#sweptMs));
    if (steps > 0) this.#sweptMs = nowMs;
    for (let step = 0; step < steps; step++) {
      const slot = this.#slots[this.#sweepAt++];
      if (slot === undefined) this.#sweepAt = 0;
      else this.#look(slot, surroundings);
    }
  }

  /** Once around through the parked ones after health has taken a mark off early, a part in each settling. */
  #searchFreed(surroundings: Surroundings): void {
    const { nowMs, health: { reliefs } } = surroundings;
    if (reliefs !== this.#reliefs && this.#unsearched === 0 && nowMs >= this.#nextSearchMs) {
      this.#reliefs = reliefs;
      this.#unsearched = this.#slots.length;
      this.#nextSearchMs = nowMs + SEARCH_MS;
    }
    let steps = 0;
    for (let scanned = 0; this.#unsearched > 0 && scanned < MAX_SCANNED && steps < MAX_STEPS; scanned++) {
      this.#unsearched--;
      const slot = this.#slots[this.#searchAt++];
      if (slot === undefined) this.#searchAt = 0;
      else if (this.#isParked[slot] === 1) {
        steps++;
        this.#look(slot, surroundings);
      }
    }
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
      const isTold = mark !== undefined && health.reliefs !== undefined;
      if (this.#isParked[slot] === 0) this.#leave(slot);
      this.#isParked[slot] = 1;
      this.#due.set(slot, Math.min(untilMs, nowMs + (isTold ? MAX_MARKED_MS : MAX_PARKED_MS)));
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
