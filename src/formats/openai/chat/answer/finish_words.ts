import type { ChatFinish } from "../../../../core/chat.ts";

/**
 * Words of servers that speak OpenAI chat in part: the vendor's own (`length`, `content_filter`, `function_call`)
 * and what Mistral, Zhipu, DeepSeek and relays of Anthropic's and Gemini's models say. Any other word is a stop.
 */
const FINISHES: ReadonlyMap<string, ChatFinish> = new Map([
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["model_context_window_exceeded", "context"],
  ["tool_calls", "tool_calls"],
  ["function_call", "tool_calls"],
  ["tool_use", "tool_calls"],
  ["content_filter", "content_filter"],
  ["sensitive", "content_filter"],
  ["safety", "content_filter"],
  ["refusal", "content_filter"],
]);

/** Reads a finish reason. Some servers say `stop` where tools were called; the calls are right. */
export function readFinish(word: unknown, hasCalls: boolean): ChatFinish {
  const finish = typeof word === "string" ? FINISHES.get(word.toLowerCase()) : undefined;
  if (finish === "tool_calls") return hasCalls ? finish : "stop";
  return finish ?? (hasCalls ? "tool_calls" : "stop");
}

/** Writes it in OpenAI's words. */
export function writeFinish(finish: ChatFinish): string {
  if (finish === "context") return "length";
  return finish === "pause" ? "stop" : finish;
}
