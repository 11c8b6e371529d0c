import { LinkedRing } from "../../../core/memory/linked_ring.ts";
import type { Endpoint } from "../../endpoint.ts";
import type { LearnedLimits } from "../learned/learned_limits.ts";
import { GroupFinder } from "./group_finder.ts";
import { type GroupEvidence, QuotaUnit, UnitLimits } from "./quota_unit.ts";

/** Most models × groups whose limits are known at once; the one idle longest makes room. */
export const MAX_LIMITS = 200_000;

/** Most entries looked at to find an idle one. */
const EVICTION_LOOKS = 16;

/** Who shares limits with whom, and what is known of each: memory alone, bounded. */
export class UnitBook {
  /** Grows with every change of who shares with whom: units that were found before must be found anew. */
  epoch = 0;
  /** By scope of a key, name of a declared group, or scope of a key that stands alone. */
  readonly #units = new Map<string, QuotaUnit>();
  /** In order of last use, oldest first. */
  readonly #known = new LinkedRing<UnitLimits>();
  #knownCount = 0;
  /** By place and model, with how many limits each looks at. */
  readonly #finders = new Map<string, { readonly finder: GroupFinder; users: number }>();

  /** The unit that an endpoint counts under; undefined where nothing is known of it. */
  find(endpoint: Endpoint): QuotaUnit | undefined {
    return this.#units.get(unitName(endpoint));
  }

  /** The limits that a request to the endpoint counts against, begun when they are new. */
  open(endpoint: Endpoint, model: string): UnitLimits {
    return this.openIn(this.find(endpoint), endpoint, model);
  }

  /** The same for who knows what {@link find} says. */
  openIn(found: QuotaUnit | undefined, endpoint: Endpoint, model: string): UnitLimits {
    let unit = found;
    if (unit === undefined) {
      const name = unitName(endpoint);
      unit = new QuotaUnit(name, groupingOf(endpoint) === "inferred", placeOf(endpoint));
      this.#units.set(name, unit);
    }
    if (unit.place === "") unit.place = placeOf(endpoint);
    unit.add(endpoint.scopes.key);
    let limits = unit.limits.get(model);
    if (limits === undefined) {
      this.#makeRoom();
      limits = new UnitLimits(unit, model, unit.isOpen ? this.#finderOf(unit.place, model) : undefined);
      unit.limits.set(model, limits);
      this.#knownCount++;
    } else limits.unlink();
    this.#known.add(limits);
    return limits;
  }

  /** The limits with whose they are; undefined when they were given up meanwhile. */
  ownerOf(limits: LearnedLimits): UnitLimits | undefined {
    return limits instanceof UnitLimits && limits.isLinked ? limits : undefined;
  }

  /** Every group that was found by measuring. */
  *groups(): IterableIterator<QuotaUnit> {
    const seen = new Set<QuotaUnit>();
    for (const unit of this.#units.values()) {
      if (unit.evidence === undefined || seen.has(unit)) continue;
      seen.add(unit);
      yield unit;
    }
  }

  /** Makes one unit of two: what was learnt last stands. Returns it; undefined when that is no longer possible. */
  join(one: LearnedLimits, other: LearnedLimits, evidence: GroupEvidence): QuotaUnit | undefined {
    const mine = this.ownerOf(one)?.unit;
    const theirs = this.ownerOf(other)?.unit;
    if (mine === undefined || theirs === undefined || mine === theirs) return undefined;
    if (!mine.isOpen || !theirs.isOpen) return undefined;
    const [kept, gone] = mine.size >= theirs.size ? [mine, theirs] : [theirs, mine];
    for (const [model, limits] of gone.limits) {
      const standing = kept.limits.get(model);
      if (standing !== undefined && standing.appliedSeq >= limits.appliedSeq) this.#drop(limits);
      else {
        if (standing !== undefined) this.#drop(standing);
        kept.limits.set(model, limits);
        limits.unit = kept;
      }
    }
    for (const limits of kept.limits.values()) limits.forgetPace();
    for (const member of gone.members) {
      kept.add(member);
      this.#units.set(member, kept);
    }
    kept.evidence = {
      coincidences: (kept.evidence?.coincidences ?? 0) + (gone.evidence?.coincidences ?? 0) +
        evidence.coincidences,
      sinceMs: evidence.sinceMs,
    };
    kept.doubt = 0;
    this.epoch++;
    return kept;
  }

  /** Brings back a group from before the restart. */
  restore(members: readonly string[], evidence: GroupEvidence): void {
    const [name] = members;
    if (name === undefined || members.some((member) => this.#units.has(member))) return;
    const unit = new QuotaUnit(name, true, "");
    for (const member of members) {
      unit.add(member);
      this.#units.set(member, unit);
    }
    unit.evidence = evidence;
    this.epoch++;
  }

  /** Takes a group apart: its keys begin anew, each for itself. */
  dissolve(unit: QuotaUnit): void {
    for (const limits of unit.limits.values()) this.#drop(limits);
    unit.limits.clear();
    for (const member of unit.members) {
      if (this.#units.get(member) === unit) this.#units.delete(member);
    }
    this.epoch++;
  }

  #finderOf(place: string, model: string): GroupFinder {
    const name = `${place}\n${model}`;
    let found = this.#finders.get(name);
    if (found === undefined) this.#finders.set(name, found = { finder: new GroupFinder(), users: 0 });
    found.users++;
    return found.finder;
  }

  #makeRoom(): void {
    if (this.#knownCount < MAX_LIMITS) return;
    let looks = 0;
    for (const limits of this.#known) {
      if (limits.inFlight === 0) {
        const { unit, model } = limits;
        this.#drop(limits);
        unit.limits.delete(model);
        if (unit.limits.size === 0 && unit.evidence === undefined) this.dissolve(unit);
        return;
      }
      if (++looks >= EVICTION_LOOKS) return;
    }
  }

  #drop(limits: UnitLimits): void {
    if (!limits.isLinked) return;
    limits.unlink();
    this.#knownCount--;
    const { finder, unit, model } = limits;
    if (finder === undefined) return;
    finder.forget(limits);
    const name = `${unit.place}\n${model}`;
    const found = this.#finders.get(name);
    if (found !== undefined && --found.users === 0) this.#finders.delete(name);
  }
}

/** Where keys that may share a limit are found: at one provider and upstream. */
function placeOf({ provider, scopes }: Endpoint): string {
  return `${provider}\n${scopes.upstream}`;
}

function groupingOf({ quota, scopes }: Endpoint): "declared" | "inferred" | "alone" {
  return quota?.grouping ?? (scopes.group === scopes.key ? "inferred" : "declared");
}

function unitName(endpoint: Endpoint): string {
  const { group, key } = endpoint.scopes;
  switch (groupingOf(endpoint)) {
    case "declared":
      return group;
    case "inferred":
      return key;
    case "alone":
      return `${key}/alone`;
  }
}
