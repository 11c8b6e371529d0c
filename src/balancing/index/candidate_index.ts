import type { Outcome } from "../../core/outcome.ts";
import { atOnce, type Steps } from "../../core/time/steps.ts";
import type { Candidate } from "../endpoint.ts";
import type { Choosing, Contender, Picker, TierLoad } from "../strategies/strategy.ts";
import { Rotation, type Surroundings } from "./rotation.ts";

/** Most candidates of a tier that every request looks at all of: as quick as an index, and exact. */
export const MAX_SMALL = 32;

/** Models whose rotations a large tier keeps; the one asked for longest ago makes room. Clients may invent names. */
const MAX_ROTATIONS = 16;

/** Slots entered between two steps: far less than a millisecond. */
const SLOTS_A_STEP = 64;

/** The golden section; see {@link CandidateIndex.settle}. */
const GOLDEN = 0.6180339887498949;

/** A pick and what is needed to turn the rotation when it is taken. */
export interface Turn {
  readonly chosen: Contender;
  /** All it was chosen from, where all were looked at; else empty. */
  readonly eligible: readonly Contender[];
  /** The rotation that was looked at first, if any. */
  readonly rotation: Rotation | undefined;
  /** Slots that were looked at on the way and could not serve. */
  readonly passed: readonly number[];
}

/** What a {@link CandidateIndex} is made of. */
export interface IndexParts {
  readonly candidates: readonly Candidate[];
  readonly choosing: Choosing;
  /** How long one that is new or back takes to get its full weight, in milliseconds; 0: none. */
  readonly slowStartMs: number;
}

/**
 * A tier's candidates as serving sees them: all of a small tier, and of a large one those that can probably
 * serve, so that a request costs the same for ten and for fifty thousand. Deciding only reads it.
 */
export class CandidateIndex {
  readonly picker: Picker;
  readonly slowStartMs: number;
  readonly #parts: IndexParts;
  readonly #isSmall: boolean;
  /** Every candidate has a model of its own, so that the client's makes no difference. */
  readonly #isFixed: boolean;
  /** By model, in order of last use, oldest first. */
  readonly #rotations = new Map<string | undefined, Rotation>();
  #newest: Rotation | undefined;
  readonly #inFlight: Int32Array;
  #totalInFlight = 0;
  #rotationCount = 0;
  #slots: Map<string, number[]> | undefined;

  constructor(parts: IndexParts) {
    this.#parts = parts;
    this.picker = parts.choosing.picker();
    this.slowStartMs = parts.slowStartMs;
    this.#isSmall = parts.candidates.length <= MAX_SMALL;
    this.#isFixed = parts.candidates.every((candidate) => candidate.model !== undefined);
    this.#inFlight = new Int32Array(parts.candidates.length);
  }

  /**
   * Brings the index up to date for requests of the model: to be called before deciding, in a bounded number of
   * steps. Begins with all candidates, O(n), for a model that was not asked for of late.
   */
  settle(model: string | undefined, surroundings: Surroundings): void {
    if (this.#isSmall) {
      const { health, nowMs } = surroundings;
      for (const candidate of this.#parts.candidates) {
        candidate.endpoint.load.seen(health.exclusion(candidate, candidate.model ?? model, nowMs), nowMs);
      }
      return;
    }
    const name = this.#isFixed ? undefined : model;
    const rotation = this.#rotations.get(name) ?? atOnce(this.#rotationFor(name, surroundings));
    this.#keep(name, rotation);
    rotation.settle(surroundings);
  }

  /** Makes ready, in steps, what `before` had ready: else the next requests would wait for all of it at once. */
  *warm(before: CandidateIndex, surroundings: Surroundings): Steps<void> {
    if (this.#isSmall || before === this) return;
    for (const [model] of before.#rotations) {
      const name = this.#isFixed ? undefined : model;
      if (!this.#rotations.has(name)) this.#keep(name, yield* this.#rotationFor(name, surroundings));
    }
    if (before.#slots !== undefined) this.#slots = yield* this.#allSlots();
  }

  *#rotationFor(model: string | undefined, surroundings: Surroundings): Steps<Rotation> {
    // Golden steps: each new rotation begins far from where the last ones did.
    const phase = this.#rotationCount++ * GOLDEN % 1;
    return yield* Rotation.filled({ ...this.#parts, model, phase }, surroundings);
  }

  /** As the one asked for last. */
  #keep(model: string | undefined, rotation: Rotation): void {
    // A map that each request is taken out of and put into leaves tables behind (`docs/decisions/0006_cost_of_a_request.md`).
    if (this.#newest === rotation) return;
    this.#newest = rotation;
    if (!this.#rotations.delete(model)) {
      for (const oldest of this.#rotations.keys()) {
        if (this.#rotations.size < MAX_ROTATIONS) break;
        this.#rotations.delete(oldest);
      }
    }
    this.#rotations.set(model, rotation);
  }

  *#allSlots(): Steps<Map<string, number[]>> {
    const all = new Map<string, number[]>();
    for (const [slot, { endpoint }] of this.#parts.candidates.entries()) {
      const slots = all.get(endpoint.id);
      if (slots === undefined) all.set(endpoint.id, [slot]);
      else slots.push(slot);
      if (slot % SLOTS_A_STEP === 0) yield;
    }
    return all;
  }

  /** Where to look first; undefined: look at all. */
  rotation(model: string | undefined): Rotation | undefined {
    return this.#rotations.get(this.#isFixed ? undefined : model);
  }

  /** Slots of the candidates of that endpoint: one for each of its models. */
  slotsOf(endpointId: string): readonly number[] {
    this.#slots ??= atOnce(this.#allSlots());
    return this.#slots.get(endpointId) ?? [];
  }

  /** Attempts under way that this tier began. */
  get tierLoad(): TierLoad {
    return { bySlot: this.#inFlight, total: this.#totalInFlight };
  }

  /** A pick is taken into use. */
  started({ chosen, eligible, rotation, passed }: Turn, nowMs: number): void {
    if (eligible.length > 0) this.picker.started(chosen, eligible, nowMs);
    rotation?.started(chosen.slot, passed);
    this.#inFlight[chosen.slot] = (this.#inFlight[chosen.slot] ?? 0) + 1;
    this.#totalInFlight++;
  }

  /** Its use came to `outcome`; to be told before the endpoint's load is. */
  ended({ chosen, rotation }: Turn, outcome: Outcome): void {
    const { trust } = chosen.candidate.endpoint.load;
    rotation?.ended(chosen.slot, trust < 1 || outcome.class !== "ok");
    this.#inFlight[chosen.slot] = (this.#inFlight[chosen.slot] ?? 0) - 1;
    this.#totalInFlight--;
  }
}
