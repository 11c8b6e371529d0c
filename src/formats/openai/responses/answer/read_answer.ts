import type { ChatAnswer, ChatFinish, ChatPart, TokenLogprob } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { readUsage } from "../../usage.ts";
import { reasoningText } from "../request/read_items.ts";
import { flatName } from "../request/read_tools.ts";
import { ownNative, RESPONSES } from "../wire.ts";
import { readLogprobs } from "../../shared/token_logprobs.ts";

/** Reads an upstream's whole answer. */
export function readResponsesAnswer(body: JsonObject): ChatAnswer {
  const items = itemsOf(body);
  const parts = items.flatMap((item, index) => readItem(item, callIdOf(item, body, index)));
  const logprobs = items.flatMap(itemLogprobs);
  return {
    id: textOf(body, "id"),
    model: textOf(body, "model"),
    choices: [{
      index: 0,
      parts,
      finish: readFinish(body, parts.some((part) => part.kind === "tool_call")),
      ...(logprobs.length > 0 ? { logprobs } : {}),
    }],
    usage: readUsage(body.usage),
  };
}

/** The items of a response's output. */
export function itemsOf(response: JsonObject): readonly JsonObject[] {
  return Array.isArray(response.output) ? response.output.filter(isJsonObject) : [];
}

/** Why a response ended; one that is complete ended for its tool calls where it holds any. */
export function readFinish(response: JsonObject, hasCalls: boolean): ChatFinish {
  if (response.status === "incomplete") {
    const details = response.incomplete_details;
    return isJsonObject(details) && details.reason === "content_filter" ? "content_filter" : "length";
  }
  return hasCalls ? "tool_calls" : "stop";
}

/** The call's id, or one made of the answer's where an upstream gives none. */
export function callIdOf(item: JsonObject, response: JsonObject, index: number): string {
  return textOf(item, "call_id") ?? `call_${textOf(response, "id") ?? ""}_${index}`;
}

/** The hub's name of a call's tool. */
export function callNameOf(item: JsonObject): string {
  return flatName(textOf(item, "name") ?? "", textOf(item, "namespace"));
}

/** A member that is a text with something in it. */
export function textOf(from: JsonObject, name: string): string | undefined {
  const value = from[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readItem(item: JsonObject, callId: string): readonly ChatPart[] {
  switch (item.type) {
    case "message":
      return contentOf(item).flatMap((part) => readPart(part, item.phase));
    case "function_call":
    case "custom_tool_call": {
      const custom = item.type === "custom_tool_call";
      const input = item[custom ? "input" : "arguments"];
      return [{
        kind: "tool_call",
        id: callId,
        name: callNameOf(item),
        arguments: typeof input === "string" ? input : input === undefined ? "" : JSON.stringify(input),
        ...(custom ? { custom } : {}),
      }];
    }
    case "reasoning": {
      const encrypted = textOf(item, "encrypted_content");
      return [{
        kind: "reasoning",
        text: reasoningText(item),
        signature: encrypted === undefined ? undefined : { format: RESPONSES, value: encrypted },
        id: textOf(item, "id"),
      }];
    }
    default:
      return [{ kind: "native", format: RESPONSES, name: textOf(item, "type") ?? "item", value: item }];
  }
}

function contentOf(item: JsonObject): readonly JsonObject[] {
  return Array.isArray(item.content) ? item.content.filter(isJsonObject) : [];
}

function readPart(part: JsonObject, phase: unknown): readonly ChatPart[] {
  const native = (annotations: unknown) =>
    ownNative({
      phase: phase ?? undefined,
      annotations: Array.isArray(annotations) && annotations.length > 0 ? annotations : undefined,
    });
  if (part.type === "refusal") {
    return [{ kind: "refusal", text: textOf(part, "refusal") ?? "", native: native(undefined) }];
  }
  if (part.type !== "output_text" && part.type !== "text") return [];
  return [{ kind: "text", text: textOf(part, "text") ?? "", native: native(part.annotations) }];
}

function itemLogprobs(item: JsonObject): readonly TokenLogprob[] {
  return item.type === "message" ? contentOf(item).flatMap((part) => readLogprobs(part.logprobs)) : [];
}
