import type { Runtime } from "../../core/runtime.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import type { SavedDay } from "./declared/declared_meter.ts";
import type { GroupEvidence, QuotaUnit } from "./groups/quota_unit.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** How long a group that was found is believed on disk: vendors' accounts change rarely, and a wrong one dissolves itself. */
const GROUP_KEPT_MS = 30 * DAY_MS;

/** The longest day: 25 hours, when clocks are put back. A saved day that ends later was written under a wrong clock. */
const LONGEST_DAY_MS = 25 * 60 * 60 * 1_000;

/** Most members of a restored group. */
const MAX_MEMBERS = 1_000;

const GROUPS = ["v1", "quota", "group"];
const DAYS = ["v1", "quota", "day"];

/** A group as it comes back. */
export interface RestoredGroup {
  readonly members: readonly string[];
  readonly evidence: GroupEvidence;
}

/** Where groups and days' counts outlive the process. */
export class SavedQuota {
  readonly #state: WriteBehind;
  readonly #runtime: Runtime;

  constructor(state: WriteBehind, runtime: Runtime) {
    this.#state = state;
    this.#runtime = runtime;
  }

  /** Keeps a group that was found. */
  keepGroup(unit: QuotaUnit): void {
    const { evidence, members } = unit;
    if (evidence === undefined) return;
    const value = { members: members.slice(0, MAX_MEMBERS), ...evidence };
    this.#state.set([...GROUPS, unit.name], value, GROUP_KEPT_MS);
  }

  /** Forgets a group. */
  forgetGroup(name: string): void {
    this.#state.delete([...GROUPS, name]);
  }

  /** Keeps a day's count. */
  keepDay(scope: string, day: SavedDay | undefined): void {
    if (day !== undefined) this.#state.set([...DAYS, scope], day, day.untilMs - this.#runtime.now());
  }

  /** Groups from before the restart. Rejects when the store does. */
  async *groups(): AsyncIterableIterator<RestoredGroup> {
    for await (const { value } of this.#state.store.list(GROUPS)) {
      const group = readGroup(value);
      if (group !== undefined) yield group;
    }
  }

  /** Days' counts from before the restart, by scope. Rejects when the store does. */
  async days(): Promise<Map<string, SavedDay>> {
    const days = new Map<string, SavedDay>();
    for await (const { key, value } of this.#state.store.list(DAYS)) {
      const scope = key[DAYS.length];
      const day = this.#readDay(value);
      if (scope !== undefined && day !== undefined) days.set(scope, day);
    }
    return days;
  }

  #readDay(value: unknown): SavedDay | undefined {
    if (typeof value !== "object" || value === null || !("count" in value) || !("untilMs" in value)) return;
    const { count, untilMs } = value;
    if (typeof count !== "number" || typeof untilMs !== "number" || !(count >= 0)) return undefined;
    const leftMs = untilMs - this.#runtime.now();
    return leftMs > 0 && leftMs <= LONGEST_DAY_MS ? { count, untilMs } : undefined;
  }
}

function readGroup(value: unknown): RestoredGroup | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("members" in value) || !("coincidences" in value) || !("sinceMs" in value)) return undefined;
  const { members, coincidences, sinceMs } = value;
  if (!Array.isArray(members) || typeof coincidences !== "number" || typeof sinceMs !== "number") {
    return undefined;
  }
  const names = members.filter((member) => typeof member === "string").slice(0, MAX_MEMBERS);
  return names.length < 2 ? undefined : { members: names, evidence: { coincidences, sinceMs } };
}
