import { SmallMap } from "../../../core/memory/small_map.ts";
import { LearnedLimits } from "../learned/learned_limits.ts";
import type { GroupFinder } from "./group_finder.ts";

/** Why keys are believed to share their limits. */
export interface GroupEvidence {
  /** Answers or refusals of one key that only another's requests explain. */
  readonly coincidences: number;
  /** Wall clock at which the group came into force. */
  readonly sinceMs: number;
}

/** What shares one set of limits: a declared group, an inferred one, or a single key. */
export class QuotaUnit {
  readonly name: string;
  /** Whether measuring may join it with others. */
  readonly isOpen: boolean;
  /** Provider and upstream it was seen at (only keys of one place can share); empty until it is used. */
  place: string;
  /** Scopes of its keys: there are many thousand units, and nearly all have one. */
  readonly #members = new SmallMap<string, true>();
  /** By model. */
  readonly limits = new SmallMap<string, UnitLimits>();
  /** Set where several keys were found to share. */
  evidence: GroupEvidence | undefined;
  /** How often an answer left more than the group's common count allows, faded by those that did not. */
  doubt = 0;

  constructor(name: string, isOpen: boolean, place: string) {
    this.name = name;
    this.isOpen = isOpen;
    this.place = place;
  }

  /** Scopes of its keys, in the order in which they came. */
  get members(): string[] {
    return [...this.#members.keys()];
  }

  /** How many keys it has. */
  get size(): number {
    return this.#members.size;
  }

  /** A key of that scope belongs to it. */
  add(scope: string): void {
    this.#members.set(scope, true);
  }
}

/** Limits with whose they are. Linked while they are known. */
export class UnitLimits extends LearnedLimits {
  unit: QuotaUnit;
  readonly model: string;
  readonly finder: GroupFinder | undefined;

  constructor(unit: QuotaUnit, model: string, finder: GroupFinder | undefined) {
    super();
    this.unit = unit;
    this.model = model;
    this.finder = finder;
  }
}
