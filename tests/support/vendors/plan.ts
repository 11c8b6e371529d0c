import {
  BESIDE_CALL,
  PLAIN_TEXT,
  REASONING_PIECES,
  type Scenario,
  scenarioIn,
  STRUCTURED,
  TEXT_PIECES,
  type ToldUsage,
  TOOL,
  usageOf,
} from "./scenario.ts";

/** What a vendor found in a request, whatever its format. */
export interface Seen {
  readonly system: string;
  /** All that the user wrote, joined. */
  readonly prompt: string;
  /** Media types of the pictures, in order. */
  readonly images: readonly string[];
  readonly tools: readonly string[];
  /** Whether the answer must follow a schema that has the members asked for. */
  readonly schema: boolean;
  /** Whether the model was told to think. */
  readonly thinking: boolean;
  /** What the tools gave back, in order; one that failed begins with `failed:`. */
  readonly results: readonly string[];
  /** What became of the signature of an earlier turn: `skipped` is Gemini's word to pass without one. */
  readonly signature: "none" | "returned" | "skipped";
}

/** One call that the model makes. */
export interface PlannedCall {
  readonly name: string;
  /** JSON text, in the pieces that a stream sends. */
  readonly pieces: readonly string[];
}

/** An answer before it gets a vendor's shape. */
export interface Plan {
  readonly scenario: Scenario;
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly calls: readonly PlannedCall[];
  readonly usage: ToldUsage;
  /** `stalls` after its first piece until the client leaves; `is_cut`: ends after content, without the end mark. */
  readonly transport: "whole" | "stalls" | "is_cut";
}

/** A failure that the scenario asks for. */
export interface PlannedError {
  readonly status: 400 | 401 | 429 | 500;
}

/** What a vendor does with a request that it accepted. */
export function planFor(seen: Seen): Plan | PlannedError {
  const scenario = scenarioIn(seen.prompt) ?? "plain";
  const status = /^error_(400|401|429|500)$/.exec(scenario)?.[1];
  // The pattern allows these four alone.
  if (status !== undefined) return { status: Number(status) as PlannedError["status"] };
  const plan: Plan = {
    scenario,
    reasoning: [],
    text: [],
    calls: [],
    usage: usageOf(scenario),
    transport: scenario === "abort" ? "stalls" : scenario === "cut" ? "is_cut" : "whole",
  };
  return { ...plan, ...contentOf(scenario, seen) };
}

const BREST: PlannedCall = { name: TOOL.name, pieces: ['{"po', 'rt": "Bre', 'st"}'] };
const SAINT_MALO: PlannedCall = { name: TOOL.name, pieces: ['{"port": "Saint', "-Malo – é", '"}'] };

function contentOf(scenario: Scenario, seen: Seen): Partial<Plan> {
  switch (scenario) {
    case "tools":
    case "parallel_tools":
    case "thinking":
      return toolContent(scenario, seen);
    case "image":
      return { text: [`I see ${seen.images.length} images: `, seen.images.join(", "), "."] };
    case "structured":
      return { text: seen.schema ? pieces(JSON.stringify(STRUCTURED)) : ["No schema was seen."] };
    case "long_context":
      return { text: ["I read ", String(seen.prompt.length), " characters."] };
    default:
      return { text: seen.system === "" ? ["No system prompt was seen."] : TEXT_PIECES };
  }
}

function toolContent(scenario: Scenario, seen: Seen): Partial<Plan> {
  if (!seen.tools.includes(TOOL.name)) return { text: ["No tool was seen."] };
  if (seen.results.length > 0) {
    const signature = scenario === "thinking" ? ` Signature: ${seen.signature}.` : "";
    return { text: ["Results: ", seen.results.join(", "), ".", signature].filter((piece) => piece !== "") };
  }
  if (scenario === "tools") return { text: [BESIDE_CALL], calls: [BREST] };
  if (scenario === "parallel_tools") return { calls: [BREST, SAINT_MALO] };
  return seen.thinking
    ? { reasoning: REASONING_PIECES, calls: [BREST] }
    : { text: ["Thinking was not asked for."] };
}

function pieces(whole: string): string[] {
  const half = Math.floor(whole.length / 2);
  return [whole.slice(0, half), whole.slice(half)];
}

/** The answers that clients must see in the end, for the tests of vendors and of the gateway. */
export const FINAL_TEXTS: Readonly<Partial<Record<Scenario, string>>> = {
  plain: PLAIN_TEXT,
  streamed: PLAIN_TEXT,
  sampling: PLAIN_TEXT,
  tools: "Results: 4.2 m.",
  "parallel_tools": "Results: 4.2 m, 11.7 m.",
  image: "I see 2 images: image/png, image/jpeg.",
  structured: JSON.stringify(STRUCTURED),
  "long_context": "I read 1048576 characters.",
};
