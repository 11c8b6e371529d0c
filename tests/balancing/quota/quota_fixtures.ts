import { QuotaBook } from "../../../src/balancing/quota/quota_book.ts";
import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { memory } from "../../../src/stores/memory.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import { candidate, type CandidateWishes, outcome } from "../fixtures.ts";

/** A book over a memory store under hand-turned time. */
export async function quotaBench(runtime = fakeRuntime(), store?: Awaited<ReturnType<typeof memory.open>>) {
  const kept = store ?? await memory.open({ dataDir: "", runtime, report: () => {} });
  const state = new WriteBehind({ store: kept, runtime, log: silentLog, observer: memoryObserver() });
  const book = new QuotaBook({ runtime, log: silentLog, state });
  return { runtime, store: kept, state, book };
}

/** A request that costs one request and `tokens` tokens, half of them output. */
export function estimate(tokens = 0) {
  return { requests: 1, inputTokens: tokens / 2, outputTokens: tokens / 2 } as const;
}

/** A candidate under declared limits of its key. */
export function limited(
  id: string,
  limits: NonNullable<Candidate["endpoint"]["quota"]>["limits"][number]["limits"],
  models: Readonly<Record<string, typeof limits>> = {},
  wishes: CandidateWishes = {},
): Candidate {
  const one = candidate(id, wishes);
  const scope = one.endpoint.scopes.key;
  const quota = { grouping: "inferred", limits: [{ scope, limits, models }] } as const;
  return { ...one, endpoint: { ...one.endpoint, quota } };
}

export const OK = outcome("ok");
