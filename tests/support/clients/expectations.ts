import assert from "node:assert/strict";
import { FINAL_TEXTS } from "../vendors/plan.ts";
import {
  BESIDE_CALL,
  REASONING_PIECES,
  type Scenario,
  STRUCTURED,
  TEXT_PIECES,
  TOOL,
  usageOf,
} from "../vendors/scenario.ts";
import type { Heard, HeardUsage } from "./client.ts";

/** How the errors of a vendor reach the application: as they are, or as the gateway tells them. */
export interface ErrorManners {
  /** Statuses that may stand for the vendor's own. */
  readonly statuses: Readonly<Record<400 | 401 | 429 | 500, readonly number[]>>;
  /** Whether a stream that breaks off must be an error for every client. */
  readonly cutIsError: boolean;
}

/** A vendor without a gateway before it. */
export const DIRECT: ErrorManners = {
  statuses: { 400: [400], 401: [401], 429: [429], 500: [500] },
  cutIsError: false,
};

/** Throws an assertion error where a scenario did not end as it must; vendors without a word for cache writes or signatures lose nothing by it. */
export function checkScenario(scenario: Scenario, turns: readonly Heard[], manners: ErrorManners): void {
  const [first, second] = turns;
  assert(first !== undefined, "nothing was heard");
  const status = /^error_(\d+)$/.exec(scenario)?.[1];
  if (status !== undefined) return checkError(first, Number(status), manners);
  if (scenario === "cut") return checkCut(first, manners);
  for (const turn of turns) {
    assert.equal(turn.error, undefined, `${turn.error?.name} ${turn.error?.status}: ${turn.error?.message}`);
  }
  if (scenario === "abort") {
    assert.equal(first.text, TEXT_PIECES[0]);
    return;
  }
  for (const turn of turns) checkUsage(turn.usage, scenario);
  const last = second ?? first;
  assert.equal(last.finish, "stop");
  switch (scenario) {
    case "streamed":
      assert(last.textPieces > 1, "the text came in one piece");
      break;
    case "structured":
      assert.deepEqual(JSON.parse(last.text), STRUCTURED);
      break;
    case "tools":
      checkCalls(first, ["Brest"]);
      assert.equal(first.text, BESIDE_CALL, "the text beside the call was lost");
      break;
    case "parallel_tools":
      checkCalls(first, ["Brest", "Saint-Malo – é"]);
      break;
    case "thinking":
      checkCalls(first, ["Brest"]);
      assert.equal(first.reasoning, REASONING_PIECES.join(""), "the thoughts were lost");
      break;
  }
  if (scenario === "thinking") assert.match(last.text, /^Results: 4\.2 m\. Signature: (none|returned)\.$/);
  else assert.equal(last.text, FINAL_TEXTS[scenario]);
}

function checkCalls(turn: Heard, ports: readonly string[]): void {
  assert.equal(turn.finish, "tool_calls");
  assert.deepEqual(
    turn.calls.map(({ name, arguments: given }) => ({ name, given })),
    ports.map((port) => ({ name: TOOL.name, given: { port } })),
  );
  const ids = turn.calls.map(({ id }) => id);
  assert(ids.every((id) => id === "") || new Set(ids).size === ids.length, "two calls have one id");
}

function checkUsage(heard: HeardUsage | undefined, scenario: Scenario): void {
  const usage = usageOf(scenario);
  assert.deepEqual(heard, {
    input: usage.inputTokens,
    cached: usage.cachedInputTokens,
    output: usage.outputTokens,
    reasoning: usage.reasoningTokens,
  }, "the usage is not the vendor's");
}

function checkError({ error, text }: Heard, vendorStatus: number, { statuses }: ErrorManners): void {
  assert(error !== undefined, `no error, but '${text}'`);
  // The four scenarios are named after these statuses.
  const allowed = statuses[vendorStatus as keyof typeof statuses];
  assert(
    allowed.some((status) => status === error.status),
    `${error.name} ${error.status}: ${error.message}`,
  );
  if (vendorStatus === 400) assert.match(error.message, /Invalid tide/);
}

function checkCut({ text, error, finish }: Heard, { cutIsError }: ErrorManners): void {
  assert.equal(text, TEXT_PIECES[0], "what came before the cut was lost");
  if (cutIsError) assert(error !== undefined, "a cut stream was taken for a whole answer");
  else assert(error !== undefined || finish === undefined);
}
