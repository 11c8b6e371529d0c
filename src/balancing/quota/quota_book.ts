import type { Log } from "../../core/log.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Steps } from "../../core/time/steps.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import type { Candidate, Endpoint } from "../endpoint.ts";
import { type DeclaredCount, DeclaredCounts } from "./declared/declared_counts.ts";
import type { MeterShare } from "./declared/declared_meter.ts";
import { EndpointEntries } from "./endpoint_entries.ts";
import type { FoundPair } from "./groups/group_finder.ts";
import type { QuotaUnit } from "./groups/quota_unit.ts";
import { UnitBook } from "./groups/unit_book.ts";
import type { LearnedLimits, LearnedShare } from "./learned/learned_limits.ts";
import type { LimitFacts } from "./limit_facts.ts";
import type { LimitStanding, QuotaFacts } from "./quota_facts.ts";
import type { QuotaDesk, QuotaHold } from "./quota_hold.ts";
import type { QuotaView, RequestEstimate, Shortage } from "./quota_view.ts";
import { SavedQuota } from "./saved_quota.ts";

/** Requests more than expected that an answer may leave before a group is doubted. */
const DOUBTFUL_RISE = -2;

/** Doubtful answers, less a quarter of the others, that take a group apart. */
const DISSOLVING_DOUBT = 6;
const DOUBT_FADES = 0.25;

/** What {@link QuotaBook} needs. */
export interface QuotaParts {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Where groups and days' counts outlive the process. */
  readonly state: WriteBehind;
}

/** A group of keys that were found to share their limits. */
export interface InferredGroup {
  /** Scopes of its keys (`Endpoint.scopes.key`). */
  readonly members: readonly string[];
  /** Answers or refusals of one key that only another's requests explain. */
  readonly coincidences: number;
  /** Wall clock. */
  readonly sinceMs: number;
}

/**
 * What is left of every limit: those that the config declares, and those that vendors' answers and refusals
 * tell. Learned limits are kept for each model of a quota group: a declared one, one that was found out because
 * its keys' limits move together, or a key for itself. Shared by all generations of the config; memory first.
 * A pool that forwards its callers' own credentials learns nothing: their limits are not one.
 */
export class QuotaBook implements QuotaView, QuotaDesk {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #saved: SavedQuota;
  readonly #declared: DeclaredCounts;
  readonly #units = new UnitBook();
  readonly #entries: EndpointEntries;
  #seq = 0;

  constructor({ runtime, log, state }: QuotaParts) {
    this.#runtime = runtime;
    this.#log = log.channel("health");
    this.#saved = new SavedQuota(state, runtime);
    this.#declared = new DeclaredCounts(runtime);
    this.#entries = new EndpointEntries(this.#declared, this.#units);
  }

  /** Brings back groups and days' counts from before the restart. Never rejects: groups are found again, a day begins anew. */
  async restore(): Promise<void> {
    try {
      this.#declared.restore(await this.#saved.days());
      for await (const { members, evidence } of this.#saved.groups()) this.#units.restore(members, evidence);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(
        `Could not restore quota (${reason}): groups are found anew, counts of the day begin at 0`,
      );
    }
  }

  /** Says, in steps, which endpoints the config in force has; for every generation. Counts nobody declares any more are let go. */
  configured(endpoints: Iterable<Endpoint>): Steps<void> {
    return this.#declared.retain(endpoints);
  }

  /** See {@link QuotaView.shortage}. */
  shortage(
    candidate: Candidate,
    model: string | undefined,
    estimate: RequestEstimate,
    nowMs: number,
  ): Shortage | undefined {
    const entry = this.#entries.of(candidate.endpoint);
    let found = entry.unit?.limits.get(model ?? "")?.shortage(estimate, nowMs);
    for (const { meter, limits, models } of entry.counts) {
      found = later(found, meter.shortage(limits, estimate, nowMs));
      const own = model === undefined ? undefined : models?.get(model);
      if (own !== undefined) found = later(found, own.meter.shortage(own.limits, estimate, nowMs));
    }
    return found;
  }

  /** See {@link QuotaView.headroom}. */
  headroom(candidate: Candidate, model: string | undefined, nowMs: number): number {
    const entry = this.#entries.of(candidate.endpoint);
    let least = entry.unit?.limits.get(model ?? "")?.headroom(nowMs) ?? 1;
    for (const { meter, limits, models } of entry.counts) {
      least = Math.min(least, meter.headroom(limits, nowMs));
      const own = model === undefined ? undefined : models?.get(model);
      if (own !== undefined) least = Math.min(least, own.meter.headroom(own.limits, nowMs));
    }
    return least;
  }

  /** See {@link QuotaView.rate}: a group's limit is shared evenly among its keys. */
  rate(candidate: Candidate, model: string | undefined): number | undefined {
    const { unit, counts } = this.#entries.of(candidate.endpoint);
    const learned = unit?.limits.get(model ?? "")?.perMinute;
    let least = learned === undefined ? Infinity : learned / Math.max(1, unit?.size ?? 1);
    for (const { isOfKey, limits, models } of counts) {
      // What a pool or an upstream may do says nothing of one of its keys.
      if (!isOfKey) continue;
      least = Math.min(least, limits.requestsPerMinute ?? Infinity);
      const own = model === undefined ? undefined : models?.get(model);
      least = Math.min(least, own?.limits.requestsPerMinute ?? Infinity);
    }
    return least === Infinity ? undefined : least;
  }

  /** See {@link QuotaDesk.begin}. */
  begin(
    candidate: Candidate,
    model: string | undefined,
    estimate: RequestEstimate,
    nowMs: number,
  ): QuotaHold {
    const { endpoint } = candidate;
    const entry = this.#entries.of(endpoint);
    const shares = entry.counts.flatMap((count) => this.#take(count, model, estimate, nowMs));
    const learned = endpoint.key === "client"
      ? undefined
      : this.#units.openIn(entry.unit, endpoint, model ?? "");
    if (learned !== undefined) this.#entries.begun(endpoint, entry, learned.unit);
    const share = learned?.take(estimate, ++this.#seq, nowMs);
    let ended = false;
    let settled = false;
    return {
      learn: (facts, atMs) => {
        if (!ended && learned !== undefined && share !== undefined) this.#learn(learned, share, facts, atMs);
      },
      end: (outcome, atMs) => {
        if (ended) return;
        ended = true;
        for (const [{ meter }, taken] of shares) {
          if (outcome.free === true) meter.giveBack(taken, estimate);
          else meter.end();
        }
        if (learned === undefined || share === undefined) return;
        learned.end(share, outcome, estimate, atMs);
        this.#answered(learned, share, outcome, atMs);
      },
      settle: (used) => {
        if (settled) return;
        settled = true;
        for (const [{ meter }, taken] of shares) meter.settle(taken, estimate, used);
        if (share !== undefined) learned?.settle(share, estimate, used, this.#runtime.monotonic());
      },
    };
  }

  /** All that is known of an endpoint's quota, for people to see. */
  facts(endpoint: Endpoint, nowMs: number): QuotaFacts {
    const { unit, counts } = this.#entries.of(endpoint);
    const declared = counts.flatMap((count) => [
      ...declaredStandings(count, undefined, nowMs),
      ...[...count.models ?? []].flatMap(([model, own]) => declaredStandings(own, model, nowMs)),
    ]);
    const learned = [...unit?.limits ?? []].flatMap(([model, limits]) => limits.standings(model, nowMs));
    return { ...groupFacts(endpoint, unit), limits: [...declared, ...learned] };
  }

  /** The groups that were found, in force. */
  groups(): InferredGroup[] {
    return [...this.#units.groups()].map(({ members, evidence }) => ({
      members: members.sort(),
      coincidences: evidence?.coincidences ?? 0,
      sinceMs: evidence?.sinceMs ?? 0,
    }));
  }

  #take(
    count: DeclaredCount,
    model: string | undefined,
    estimate: RequestEstimate,
    nowMs: number,
  ): [DeclaredCount, MeterShare][] {
    const own = model === undefined ? undefined : count.models?.get(model);
    return [count, ...(own === undefined ? [] : [own])].map((one) => {
      const taken = one.meter.take(one.limits, estimate, nowMs);
      if (taken.dayEndMs !== undefined) this.#saved.keepDay(one.scope, one.meter.savedDay());
      return [one, taken];
    });
  }

  #learn(limits: LearnedLimits, share: LearnedShare, facts: LimitFacts, nowMs: number): void {
    const sight = limits.learn(share, facts, nowMs);
    const owner = this.#units.ownerOf(limits);
    if (sight === undefined || owner?.finder === undefined) return;
    this.#join(owner.finder.observed(limits, share, sight, nowMs));
    if (owner.unit.evidence !== undefined) this.#doubt(owner.unit, sight.drop);
  }

  #answered(limits: LearnedLimits, { sentMs }: LearnedShare, outcome: Outcome, nowMs: number): void {
    if (limits.isTold || (outcome.class !== "ok" && outcome.class !== "rate_limited")) return;
    const answer = { isRefused: outcome.class === "rate_limited", sentMs };
    this.#join(this.#units.ownerOf(limits)?.finder?.answered(limits, answer, nowMs));
  }

  #join(found: FoundPair | undefined): void {
    if (found === undefined) return;
    const evidence = { coincidences: found.coincidences, sinceMs: this.#runtime.now() };
    const unit = this.#units.join(found.one, found.other, evidence);
    if (unit === undefined) return;
    this.#saved.keepGroup(unit);
    this.#log.info(
      `Found that ${unit.size} keys share one limit; they are counted together from now on`,
      {
        keys: unit.members.join(" "),
        coincidences: unit.evidence?.coincidences,
      },
    );
  }

  /** A group whose keys' answers leave more than its common count allows was joined by mistake, or is no more. */
  #doubt(unit: QuotaUnit, drop: number): void {
    unit.doubt = Math.max(0, unit.doubt + (drop <= DOUBTFUL_RISE ? 1 : -DOUBT_FADES));
    if (unit.doubt < DISSOLVING_DOUBT) return;
    this.#saved.forgetGroup(unit.name);
    this.#units.dissolve(unit);
    this.#log.info(
      `Found that ${unit.size} keys do not share one limit after all; each is counted alone`,
      {
        keys: unit.members.join(" "),
      },
    );
  }
}

function declaredStandings(
  { scope, limits, meter }: DeclaredCount,
  model: string | undefined,
  nowMs: number,
): LimitStanding[] {
  const named = { from: "declared", model, scope } as const;
  return meter.standings(limits, nowMs).map((standing) => ({ ...named, ...standing }));
}

function groupFacts(endpoint: Endpoint, unit: QuotaUnit | undefined): Omit<QuotaFacts, "limits"> {
  const members = unit?.members ?? [];
  const evidence = unit?.evidence;
  const grouping = endpoint.quota?.grouping;
  if (grouping === "declared" || grouping === "alone") return { grouping, members, evidence: undefined };
  return { grouping: evidence === undefined ? "own" : "found", members, evidence };
}

/** The shortage that lasts longer: only after it is there room. */
function later(one: Shortage | undefined, other: Shortage | undefined): Shortage | undefined {
  if (one === undefined) return other;
  return other === undefined || one.untilMs >= other.untilMs ? one : other;
}
