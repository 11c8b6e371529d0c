import type { Conversation } from "./conversation.ts";
import { jsonSample } from "./json_sample.ts";
import { shorten, tokensOf } from "./tokens.ts";
import type { SimulatedCall } from "./tool_choice.ts";

/** Longest stretch of the client's own words that a reply repeats, in characters: long prompts make longer streams. */
const MAX_ECHO_CHARACTERS = 1000;

/** What a request asks of the reply. */
export interface ReplyWish {
  readonly vendor: string;
  readonly model: string;
  readonly conversation: Conversation;
  readonly call: SimulatedCall | undefined;
  /** `text`, any JSON object, or JSON of a schema. */
  readonly shape: { readonly kind: "text" } | { readonly kind: "json" } | {
    readonly kind: "schema";
    readonly schema: unknown;
  };
  /** Texts before which the reply ends. */
  readonly stop: readonly string[];
  /** Most output tokens, reasoning included; undefined: no limit. */
  readonly maxTokens: number | undefined;
}

/** What the simulated model says. */
export interface Reply {
  /** Thoughts, for models with `reason` in their name; pieces of about a token. */
  readonly reasoning: readonly string[];
  /** The answer, in pieces of about a token; empty when a tool is called. */
  readonly content: readonly string[];
  readonly call: SimulatedCall | undefined;
  /** Why it ended, in chat completions' words. */
  readonly finish: "stop" | "length" | "tool_calls";
  readonly outputTokens: number;
}

/** Makes the reply: short, friendly, plainly simulated, and the same for the same request. */
export function makeReply(wish: ReplyWish): Reply {
  const thoughts = wish.model.includes("reason")
    ? tokensOf("This is simulated reasoning: nothing was thought about, a greeting will do.")
    : [];
  if (wish.call !== undefined) {
    const outputTokens = thoughts.length + tokensOf(wish.call.input).length + 1;
    return { reasoning: thoughts, content: [], call: wish.call, finish: "tool_calls", outputTokens };
  }
  const limit = wish.maxTokens ?? Infinity;
  const reasoning = thoughts.slice(0, limit);
  const whole = tokensOf(cutAtStop(textFor(wish), wish.stop));
  const content = whole.slice(0, limit - reasoning.length);
  const finish = reasoning.length + content.length < thoughts.length + whole.length ? "length" : "stop";
  return { reasoning, content, call: undefined, finish, outputTokens: reasoning.length + content.length };
}

function textFor(wish: ReplyWish): string {
  const { vendor, conversation } = wish;
  const echo = shorten(conversation.toolOutput ?? conversation.userText, MAX_ECHO_CHARACTERS);
  if (wish.shape.kind === "schema") return JSON.stringify(jsonSample(wish.shape.schema));
  if (wish.shape.kind === "json") return JSON.stringify({ simulated: true, vendor, echo });
  const greeting = `Hello from "${vendor}", a simulated vendor; no model was asked.`;
  if (conversation.toolOutput !== undefined) return `${greeting} The tool answered: ${echo}`;
  return echo === "" ? `${greeting} You wrote nothing.` : `${greeting} You wrote: ${echo}`;
}

function cutAtStop(text: string, stops: readonly string[]): string {
  const ends = stops.map((stop) => (stop === "" ? -1 : text.indexOf(stop))).filter((at) => at >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
