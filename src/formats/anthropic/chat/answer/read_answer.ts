import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatAnswer, ChatPart } from "../../../../core/chat.ts";
import { madeUpCallId } from "../../../translation/made_up_id.ts";
import { readUsage } from "../../usage.ts";
import { OWN_FORMAT, readSignature } from "../signatures.ts";
import { readFinish } from "./finish.ts";

/** Members of a message that the hub says in words of its own. */
const READ = new Set(["id", "type", "role", "model", "content", "stop_reason", "stop_sequence"]);

/** Reads a whole message; lenient. What only this vendor knows (its usage in full, containers, details of a stop) is kept for its own clients. */
export function readMessage(body: JsonObject): ChatAnswer {
  const content = Array.isArray(body.content) ? body.content : [];
  const parts = content.flatMap((block, at) =>
    isJsonObject(block) ? readBlock(block, [body.id, at]) ?? [] : []
  );
  const refusal = explanationOf(body.stop_details);
  if (refusal !== undefined) parts.push({ kind: "refusal", text: refusal });
  const stopSequence = textOf(body.stop_sequence);
  const own = Object.entries(body).filter(([name, value]) => !READ.has(name) && value !== null);
  return {
    id: textOf(body.id),
    model: textOf(body.model),
    choices: [{
      index: 0,
      parts,
      finish: readFinish(body.stop_reason),
      ...(stopSequence === undefined ? {} : { stopSequence }),
    }],
    usage: readUsage(body.usage),
    native: { format: OWN_FORMAT, members: Object.fromEntries(own) },
  };
}

/** What the vendor says of a refusal, where it says something. */
export function explanationOf(details: unknown): string | undefined {
  return isJsonObject(details) ? textOf(details.explanation) : undefined;
}

/** `place` tells the block apart from all others, where it has no id. */
function readBlock(block: JsonObject, place: readonly unknown[]): ChatPart | undefined {
  const { type, cache_control: _mark, ...members } = block;
  switch (type) {
    case "text": {
      const { text, ...rest } = members;
      return { kind: "text", text: textOf(text) ?? "", ...nativeOf(rest) };
    }
    case "thinking": {
      const { thinking, signature, ...rest } = members;
      return {
        kind: "reasoning",
        text: textOf(thinking) ?? "",
        signature: readSignature(signature),
        ...nativeOf(rest),
      };
    }
    case "redacted_thinking": {
      const signature = { format: OWN_FORMAT, value: textOf(members.data) ?? "" };
      return { kind: "reasoning", text: "", redacted: true, signature };
    }
    case "tool_use": {
      const { id, name, input, ...rest } = members;
      return {
        kind: "tool_call",
        id: textOf(id) ?? madeUpCallId(...place, name, input),
        name: textOf(name) ?? "",
        arguments: isJsonObject(input) ? JSON.stringify(input) : "",
        ...nativeOf(rest),
      };
    }
    default:
      return typeof type === "string"
        ? { kind: "native", format: OWN_FORMAT, name: type, value: block }
        : undefined;
  }
}

function nativeOf(rest: JsonObject) {
  const told = Object.entries(rest).filter(([, value]) => value !== null);
  if (told.length === 0) return {};
  return { native: { format: OWN_FORMAT, members: Object.fromEntries(told) } };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
