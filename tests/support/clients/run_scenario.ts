import { HEIGHTS, promptFor, type Scenario } from "../vendors/scenario.ts";
import { members, text } from "../vendors/json.ts";
import { type Ask, type Client, type ClientTarget, type Heard, nothingHeard } from "./client.ts";

/** Longest that one turn may take before it counts as hanging. */
const TURN_LIMIT_MS = 8000;

const STREAMED: ReadonlySet<Scenario> = new Set([
  "streamed",
  "parallel_tools",
  "thinking",
  "abort",
  "cut",
]);
const WITH_TOOLS: ReadonlySet<Scenario> = new Set(["tools", "parallel_tools", "thinking"]);

/** Plays a scenario through a client: one turn, and another after tool calls; what it saw of each. */
export async function runScenario(
  client: Client,
  target: ClientTarget,
  scenario: Scenario,
): Promise<Heard[]> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TURN_LIMIT_MS);
  try {
    const ask: Ask = {
      scenario,
      prompt: promptFor(scenario),
      stream: STREAMED.has(scenario),
      withTools: WITH_TOOLS.has(scenario),
      withImages: scenario === "image",
      withSchema: scenario === "structured",
      withThinking: scenario === "thinking",
      withSampling: scenario === "sampling",
      leaves: scenario === "abort",
      signal: limit.signal,
    };
    const conversation = client.open(target);
    const first = nothingHeard();
    await listened(first, conversation.ask(ask, first));
    if (first.error !== undefined || first.calls.length === 0) return [first];
    const results = first.calls.map((call) =>
      HEIGHTS[text(members(call.arguments)["port"])] ?? "no such port"
    );
    const second = nothingHeard();
    await listened(second, conversation.answer(results, ask, second));
    return [first, second];
  } finally {
    clearTimeout(timer);
  }
}

async function listened(heard: Heard, turn: Promise<void>): Promise<void> {
  try {
    await turn;
  } catch (error) {
    const status: unknown = members(error)["status"];
    heard.error = {
      name: error instanceof Error ? error.constructor.name : typeof error,
      status: typeof status === "number" ? status : undefined,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
