import type { ChatAnswer, ChatChoice, ChatPart } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { readGoogleSignature } from "../../shared/google_signature.ts";
import { nativeMembers } from "../../shared/native_members.ts";
import { readLogprobs } from "../../shared/token_logprobs.ts";
import { OPENAI_CHAT } from "../format_name.ts";
import { readAnswerText } from "./answer_text.ts";
import { readAnswerUsage } from "./answer_usage.ts";
import { makeCallId, readCallFragment } from "./call_fragment.ts";
import { readFinish } from "./finish_words.ts";

/** Top-level members that the hub knows, or that the writer makes anew. */
const KNOWN = new Set(["id", "object", "created", "model", "choices", "usage", "x_groq"]);

/** Reads a whole chat completion; lenient. */
export function readAnswer(body: JsonObject): ChatAnswer {
  const choices: unknown[] = Array.isArray(body.choices) ? body.choices : [];
  const usage = readAnswerUsage(body);
  const others = Object.entries(body).filter(([name, value]) => !KNOWN.has(name) && value !== null);
  const native = nativeMembers(OPENAI_CHAT, Object.fromEntries(others));
  return {
    id: textOf(body.id),
    model: textOf(body.model),
    choices: choices.filter(isJsonObject).map((choice, at) => readChoice(choice, at, body)),
    ...(usage && { usage }),
    ...(native && { native }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readChoice(choice: JsonObject, at: number, body: JsonObject): ChatChoice {
  const index = exactNumber(choice.index) ?? at;
  const message = isJsonObject(choice.message) ? choice.message : {};
  const calls = readCalls(message, body, index);
  const logprobs = isJsonObject(choice.logprobs) ? readLogprobs(choice.logprobs.content) : [];
  // vLLM and SGLang tell the stop sequence, or the number of a token, under a name of their own.
  const stopSequence = textOf(choice.stop_reason ?? choice.matched_stop);
  return {
    index,
    parts: [...readWords(message), ...calls],
    finish: readFinish(choice.finish_reason, calls.length > 0),
    ...(stopSequence !== undefined && { stopSequence }),
    ...(logprobs.length > 0 && { logprobs }),
  };
}

function readWords(message: JsonObject): ChatPart[] {
  const { reasoning, content, refusal } = readAnswerText(message);
  const parts: ChatPart[] = [];
  if (reasoning !== "") parts.push({ kind: "reasoning", text: reasoning });
  if (content !== undefined) {
    const { annotations } = message;
    const hasAnnotations = Array.isArray(annotations) && annotations.length > 0;
    const native = nativeMembers(OPENAI_CHAT, hasAnnotations ? { annotations } : {});
    parts.push({ kind: "text", text: content, ...(native && { native }) });
  }
  if (refusal !== "") parts.push({ kind: "refusal", text: refusal });
  if (isJsonObject(message.audio)) {
    parts.push({ kind: "native", format: OPENAI_CHAT, name: "audio", value: message.audio });
  }
  return parts;
}

function readCalls(message: JsonObject, body: JsonObject, choice: number): ChatPart[] {
  const listed: unknown[] = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  const { function_call: deprecated } = message;
  const entries = isJsonObject(deprecated) ? [...listed, { function: deprecated }] : listed;
  return entries.filter(isJsonObject).map((entry, at) => {
    const { id, name, text, custom } = readCallFragment(entry);
    const signature = readGoogleSignature(entry);
    return {
      kind: "tool_call",
      id: id || makeCallId(body, `${choice} ${at}`),
      name,
      arguments: text,
      ...(custom && { custom }),
      ...(signature && { signature }),
    };
  });
}
