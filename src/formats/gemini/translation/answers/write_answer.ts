import type { ChatAnswer, ChatChoice, ChatPart, ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { AnswerContext } from "../../../translation/translation.ts";
import { isMedia } from "../media.ts";
import { GEMINI, nativeMembers, signatureMember } from "../own_members.ts";
import { toolInput } from "../../../translation/tool_input.ts";
import { writeFinish } from "./finish.ts";
import { writeLogprobs } from "./logprobs.ts";
import { writeUsage } from "./usage_metadata.ts";

/** Writes a whole `GenerateContentResponse`. */
export function writeChatAnswer(answer: ChatAnswer, context: AnswerContext<ChatRequest>): JsonObject {
  return {
    candidates: answer.choices.map(writeChoice),
    ...(answer.usage === undefined ? {} : { usageMetadata: writeUsage(answer.usage) }),
    modelVersion: context.model,
    responseId: answer.id ?? context.requestId,
  };
}

/** A call as a part of an answer, with the id that its result has to name. */
export function callMember(id: string, name: string, text: string, custom: boolean): JsonObject {
  return { id, name, args: custom ? { input: text } : toolInput(text) };
}

function writeChoice({ index, parts, finish, logprobs }: ChatChoice): JsonObject {
  return {
    content: { parts: parts.flatMap(writePart), role: "model" },
    finishReason: writeFinish(finish),
    index,
    ...(logprobs === undefined ? {} : { logprobsResult: writeLogprobs(logprobs) }),
  };
}

function writePart(part: ChatPart): JsonObject[] {
  switch (part.kind) {
    case "text": {
      const { executableCode, codeExecutionResult } = nativeMembers(part.native);
      const signature = signatureMember(part.signature);
      if (executableCode !== undefined) return [{ executableCode, ...signature }];
      if (codeExecutionResult !== undefined) return [{ codeExecutionResult, ...signature }];
      return [{ text: part.text, ...signature }];
    }
    case "refusal":
      return [{ text: part.text }];
    case "reasoning": {
      const signature = signatureMember(part.signature);
      const isEmpty = part.text === "" && signature.thoughtSignature === undefined;
      return isEmpty ? [] : [{ text: part.text, thought: true, ...signature }];
    }
    case "tool_call": {
      const functionCall = callMember(part.id, part.name, part.arguments, part.custom === true);
      return [{ functionCall, ...signatureMember(part.signature) }];
    }
    case "native":
      return part.format === GEMINI ? [part.value] : [];
    case "tool_result":
      return [];
  }
  // Only media is left; the address of a picture says more than nothing.
  if (!isMedia(part)) return [];
  const { source } = part;
  if (source.from === "base64") {
    const inlineData = { mimeType: source.mediaType, data: source.data };
    return [{ inlineData, ...nativeMembers(part.native) }];
  }
  return source.from === "url"
    ? [{ text: source.url }]
    : source.from === "text"
    ? [{ text: source.text }]
    : [];
}
