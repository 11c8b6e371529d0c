/**
 * What every fake vendor plays and every client asks for. The prompt names its scenario (`scenario=tools`), so that
 * it survives any translation; the facts of the answers are the same at every vendor, told in its own shape.
 * @module
 */

/** The columns of the matrix. */
export const SCENARIOS = [
  "plain",
  "streamed",
  "sampling",
  "tools",
  "parallel_tools",
  "image",
  "structured",
  "thinking",
  "long_context",
  "error_400",
  "error_401",
  "error_429",
  "error_500",
  "abort",
  "cut",
] as const;

export type Scenario = (typeof SCENARIOS)[number];

/** Token counts as the hub has them: totals include their parts. */
export interface ToldUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  /** Told only by vendors that have a word for it. */
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export const PLAIN_TEXT = "High water at six, low water at noon: señor, 潮汐 🌊.";
/** The same in the pieces of a stream. */
export const TEXT_PIECES = ["High water", " at six, low", " water at noon: señor, ", "潮汐 🌊."];
export const SYSTEM_TEXT = "You are a tide clerk.";
export const REASONING_PIECES = ["The harbour is asked for,", " so the table must be read."];
export const BESIDE_CALL = "Let me look.";
export const STRUCTURED = { port: "Brest", heightMetres: 4.2 };
export const LONG_CONTEXT_LENGTH = 1024 * 1024;

export const TOOL = {
  name: "tide_at",
  description: "Height of the tide at a port",
  parameters: {
    type: "object",
    properties: { port: { type: "string", description: "Name of the port" } },
    required: ["port"],
    additionalProperties: false,
  },
} as const;

export const SCHEMA = {
  type: "object",
  properties: { port: { type: "string" }, heightMetres: { type: "number" } },
  required: ["port", "heightMetres"],
  additionalProperties: false,
} as const;

/** What the tool says of a port. */
export const HEIGHTS: Readonly<Record<string, string>> = { "Brest": "4.2 m", "Saint-Malo – é": "11.7 m" };

/** A PNG and a JPEG of one pixel each. */
export const IMAGES = [
  {
    mediaType: "image/png",
    data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  },
  {
    mediaType: "image/jpeg",
    data: "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////wAALCAABAAEBAREA/8QA",
  },
] as const;

/** The prompt that asks for a scenario. */
export function promptFor(scenario: Scenario): string {
  const start = `How is the tide? scenario=${scenario} `;
  return scenario === "long_context" ? start.padEnd(LONG_CONTEXT_LENGTH, "tide ") : start.trim();
}

/** The scenario that a prompt names; those that name none are answered plainly. */
export function scenarioIn(prompt: string): Scenario | undefined {
  const name = /scenario=([a-z0-9_]+)/.exec(prompt)?.[1];
  return SCENARIOS.find((scenario) => scenario === name);
}

/** What the vendor counts in a scenario's first answer; the second answer of a tool scenario counts the same. */
export function usageOf(scenario: Scenario): ToldUsage {
  const cached = scenario === "streamed" || scenario === "thinking" || scenario === "parallel_tools";
  return {
    inputTokens: cached ? 1280 : 21,
    cachedInputTokens: cached ? 1024 : 0,
    cacheWriteTokens: cached ? 128 : 0,
    outputTokens: scenario === "thinking" ? 75 : 13,
    reasoningTokens: scenario === "thinking" ? 40 : 0,
  };
}
