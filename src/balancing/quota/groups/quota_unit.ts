import type { LearnedLimits } from "../learned/learned_limits.ts";

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
  /** Scopes of its keys. */
  readonly members = new Set<string>();
  readonly limits = new Map<string, LearnedLimits>();
  /** Set where several keys were found to share. */
  evidence: GroupEvidence | undefined;
  /** How often an answer left more than the group's common count allows, faded by those that did not. */
  doubt = 0;

  constructor(name: string, isOpen: boolean, place: string) {
    this.name = name;
    this.isOpen = isOpen;
    this.place = place;
  }
}
