import type { Candidate } from "../../../../src/balancing/endpoint.ts";
import type { QuotaBook } from "../../../../src/balancing/quota/quota_book.ts";
import { fakeRuntime } from "../../../support/fake_runtime.ts";
import { Chance } from "../../../simulation/world/chance.ts";
import { candidate, outcome } from "../../fixtures.ts";
import { estimate, quotaBench } from "../quota_fixtures.ts";

/** A pool whose keys share limits that nobody tells, and how it is used. */
export interface HiddenGroups {
  readonly seed: number;
  readonly keys: number;
  readonly groups: number;
  /** Requests a minute of each group. */
  readonly limit: (group: number, chance: Chance) => number;
  /** Requests through the book, as a share of what all groups can serve. */
  readonly load: number;
  /** What strangers take, as a share of each limit. */
  readonly foreign: number;
  /** `chance`: keys are drawn by lot; `turns`: one after the other, so that all run in step. */
  readonly order: "chance" | "turns";
  /** Answers for each key, on average. */
  readonly observations: number;
}

/** What came of it. */
export interface Finding {
  /** Pairs of keys that share a limit, and how many of them were found to. */
  readonly truePairs: number;
  readonly foundPairs: number;
  /** Pairs that were joined and share nothing. */
  readonly falsePairs: number;
  readonly refused: number;
  readonly sent: number;
}

const MINUTE_MS = 60_000;

interface Level {
  readonly limit: number;
  left: number;
  atMs: number;
}

/** Plays the pool through a real book, over the keys that have room; limits are told as OpenAI does. */
export async function play(scene: HiddenGroups): Promise<Finding> {
  const runtime = fakeRuntime({ seed: scene.seed });
  const { book, state } = await quotaBench(runtime);
  const chance = new Chance(scene.seed);
  const levels = Array.from({ length: scene.groups }, (_, group): Level => {
    const limit = scene.limit(group, chance);
    return { limit, left: limit, atMs: runtime.monotonic() };
  });
  const groupOf = Array.from(
    { length: scene.keys },
    (_, key) => key < scene.groups ? key : Math.floor(chance.between(0, scene.groups)),
  );
  const keys = groupOf.map((_, key) => candidate(`k${key}`));
  const capacity = levels.reduce((sum, { limit }) => sum + limit, 0);
  const sent = send(book, runtime, chance, { scene, keys, groupOf, levels, capacity });
  await state.close();
  return { ...pairsFound(book, keys, groupOf), ...sent };
}

interface Stage {
  readonly scene: HiddenGroups;
  readonly keys: readonly Candidate[];
  readonly groupOf: readonly number[];
  readonly levels: readonly Level[];
  readonly capacity: number;
}

function send(
  book: QuotaBook,
  runtime: ReturnType<typeof fakeRuntime>,
  chance: Chance,
  { scene, keys, groupOf, levels, capacity }: Stage,
): { refused: number; sent: number } {
  let turn = 0;
  let sent = 0;
  let refused = 0;
  while (sent < scene.observations * scene.keys) {
    runtime.advance(chance.exponential(MINUTE_MS / (capacity * scene.load)));
    const nowMs = runtime.monotonic();
    for (let look = 0; look < keys.length; look++) {
      const key = scene.order === "turns" ? turn++ % keys.length : Math.floor(chance.between(0, keys.length));
      const one = keys[key];
      const level = levels[groupOf[key] ?? 0];
      if (one === undefined || level === undefined) continue;
      if (book.shortage(one, "m", estimate(20), nowMs) !== undefined) continue;
      sent++;
      const hold = book.begin(one, "m", estimate(20), nowMs);
      strangers(level, scene.foreign, nowMs, chance);
      const isRefused = level.left < 1;
      if (isRefused) refused++;
      else level.left--;
      const fact = {
        limit: level.limit,
        remaining: Math.floor(level.left),
        resetMs: Math.round((level.limit - level.left) * MINUTE_MS / level.limit),
      };
      runtime.after(chance.logNormal(isRefused ? 30 : 400, 0.5), () => {
        hold.learn({ requests: fact }, runtime.monotonic());
        const retryMs = Math.ceil((1 - level.left) * 60 / level.limit) * 1000;
        const end = isRefused ? outcome("rate_limited", { cooldownMs: retryMs }) : outcome("ok");
        hold.end(end, runtime.monotonic());
      });
      break;
    }
  }
  runtime.advance(MINUTE_MS);
  return { refused, sent };
}

/** Refills the level up to now, and lets strangers have taken their part in the meantime. */
function strangers(level: Level, share: number, nowMs: number, chance: Chance): void {
  let passedMs = nowMs - level.atMs;
  level.atMs = nowMs;
  const perMs = level.limit / MINUTE_MS;
  const meanMs = share > 0 ? 1 / (perMs * share) : Infinity;
  while (passedMs > 0) {
    const gapMs = meanMs === Infinity ? Infinity : chance.exponential(meanMs);
    level.left = Math.min(level.limit, level.left + Math.min(gapMs, passedMs) * perMs);
    if (gapMs < passedMs && level.left >= 1) level.left--;
    passedMs -= gapMs;
  }
}

function pairsFound(book: QuotaBook, keys: readonly Candidate[], groupOf: readonly number[]) {
  const joined = new Map<string, number>();
  for (const [index, { members }] of book.groups().entries()) {
    for (const member of members) joined.set(member, index);
  }
  let truePairs = 0;
  let foundPairs = 0;
  let falsePairs = 0;
  for (let one = 0; one < keys.length; one++) {
    for (let other = one + 1; other < keys.length; other++) {
      const mine = joined.get(keys[one]?.endpoint.scopes.key ?? "");
      const isFound = mine !== undefined && mine === joined.get(keys[other]?.endpoint.scopes.key ?? "");
      if (groupOf[one] === groupOf[other]) {
        truePairs++;
        if (isFound) foundPairs++;
      } else if (isFound) falsePairs++;
    }
  }
  return { truePairs, foundPairs, falsePairs };
}
