import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatAnswer, ChatPart, ChatRequest } from "../../../../core/chat.ts";
import type { AnswerContext } from "../../../translation/translation.ts";
import { writeUsage } from "../../usage.ts";
import { OWN_FORMAT, writeSignature } from "../signatures.ts";
import { toolInput } from "../../../translation/tool_input.ts";
import { messageId, refusalDetails, writeFinish } from "./finish.ts";

/** Writes a whole message; of several answers the first. */
export function writeMessage(answer: ChatAnswer, context: AnswerContext<ChatRequest>): JsonObject {
  const own = answer.native?.format === OWN_FORMAT ? answer.native.members : undefined;
  const choice = answer.choices[0];
  const parts = choice?.parts ?? [];
  const refusal = parts.map((part) => part.kind === "refusal" ? part.text : "").join("");
  const stopReason = writeFinish(choice?.finish ?? "stop", {
    stopSequence: choice?.stopSequence,
    hasCalls: parts.some(({ kind }) => kind === "tool_call"),
    hasRefusal: refusal !== "",
  });
  return {
    id: own === undefined ? messageId(context.requestId) : answer.id ?? messageId(context.requestId),
    type: "message",
    role: "assistant",
    model: context.model,
    content: parts.map((part) => writePart(part, own !== undefined)).filter((block) => block !== undefined),
    ["stop_reason"]: stopReason,
    ["stop_sequence"]: choice?.stopSequence ?? null,
    ["stop_details"]: refusalDetails(stopReason, refusal),
    container: null,
    ...own,
    usage: { ...own?.usage as JsonObject | undefined, ...writeUsage(answer.usage) }, // An object, else the reader had told no usage.
  };
}

function writePart(part: ChatPart, isOwn: boolean): JsonObject | undefined {
  const own = part.kind !== "native" && part.native?.format === OWN_FORMAT ? part.native.members : {};
  switch (part.kind) {
    case "text":
      return part.text === "" && !isOwn
        ? undefined
        : { type: "text", text: part.text, citations: null, ...own };
    case "refusal":
      // The vendor's own clients read it in the details of the stop; others' refusals are the answer's text too.
      return isOwn || part.text === "" ? undefined : { type: "text", text: part.text, citations: null };
    case "reasoning":
      return part.redacted === true && part.signature?.format === OWN_FORMAT
        ? { type: "redacted_thinking", data: part.signature.value }
        : { type: "thinking", thinking: part.text, signature: writeSignature(part.signature), ...own };
    case "tool_call": {
      const input = part.custom === true ? { input: part.arguments } : toolInput(part.arguments);
      return { type: "tool_use", id: part.id, name: part.name, input, ...own };
    }
    case "native":
      return part.format === OWN_FORMAT ? part.value : undefined;
    default:
      return undefined; // Pictures, files and results are no part of an answer in this format.
  }
}
