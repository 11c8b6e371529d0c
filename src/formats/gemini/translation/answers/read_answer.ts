import type { ChatAnswer, ChatChoice, ChatPart, ToolCallPart } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { madeUpCallId } from "../../../translation/made_up_id.ts";
import { readUsage } from "../../usage.ts";
import { type MediaPart, mediaPart } from "../media.ts";
import { asNative, asSignature, codeText, GEMINI } from "../own_members.ts";
import { readFinish } from "./finish.ts";
import { readLogprobs } from "./logprobs.ts";

/** Reads a whole `GenerateContentResponse`. A blocked prompt is one empty answer that a filter ended. */
export function readChatAnswer(body: JsonObject): ChatAnswer {
  const id = textOf(body.responseId);
  const candidates = Array.isArray(body.candidates) ? body.candidates.filter(isJsonObject) : [];
  const usage = readUsage(body.usageMetadata);
  return {
    id,
    model: textOf(body.modelVersion),
    choices: candidates.length === 0
      ? blockedChoice(body)
      : candidates.map((candidate) => choice(candidate, id)),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Whether the prompt was refused before anything was answered. */
export function isBlocked({ promptFeedback }: JsonObject): boolean {
  return isJsonObject(promptFeedback) && textOf(promptFeedback.blockReason) !== undefined;
}

/** The parts of a candidate that are objects. */
export function partsOf(candidate: JsonObject): JsonObject[] {
  const { content } = candidate;
  return isJsonObject(content) && Array.isArray(content.parts) ? content.parts.filter(isJsonObject) : [];
}

/** A part's function call; `id` is made up where it has none. Undefined for a part that is none. */
export function callOf(
  part: JsonObject,
  ...place: readonly (string | number | undefined)[]
): ToolCallPart | undefined {
  const { functionCall: call } = part;
  if (!isJsonObject(call) || typeof call.name !== "string") return undefined;
  const text = isJsonObject(call.args) ? JSON.stringify(call.args) : "";
  return {
    kind: "tool_call",
    id: textOf(call.id) ?? madeUpCallId(...place, call.name, text),
    name: call.name,
    arguments: text,
    ...asSignature(part.thoughtSignature),
  };
}

function blockedChoice(body: JsonObject): ChatChoice[] {
  return isBlocked(body) ? [{ index: 0, parts: [], finish: "content_filter" }] : [];
}

function choice(candidate: JsonObject, id: string | undefined): ChatChoice {
  const index = exactNumber(candidate.index) ?? 0;
  const parts = partsOf(candidate).map((part, at) => readPart(part, [id, index, at]))
    .filter((part) => part !== undefined);
  const hasCalls = parts.some((part) => part.kind === "tool_call");
  const logprobs = readLogprobs(candidate.logprobsResult);
  return {
    index,
    parts,
    finish: readFinish(candidate.finishReason, hasCalls) ?? (hasCalls ? "tool_calls" : "stop"),
    ...(logprobs.length === 0 ? {} : { logprobs }),
  };
}

function readPart(part: JsonObject, place: readonly (string | number | undefined)[]): ChatPart | undefined {
  const signature = asSignature(part.thoughtSignature);
  if (typeof part.text === "string") {
    const isEmpty = part.text === "" && signature.signature === undefined;
    return isEmpty
      ? undefined
      : { kind: part.thought === true ? "reasoning" : "text", text: part.text, ...signature };
  }
  const call = callOf(part, ...place);
  if (call !== undefined) return call;
  const { thoughtSignature } = part;
  const media = inlineMedia(part.inlineData, {
    ...(part.thought === true ? { thought: true } : {}),
    ...(thoughtSignature === undefined ? {} : { thoughtSignature }),
  });
  if (media !== undefined) return media;
  for (const name of ["executableCode", "codeExecutionResult"]) {
    const text = codeText(name, part[name]);
    if (text !== undefined) return { kind: "text", text, ...signature, ...asNative({ [name]: part[name] }) };
  }
  const name = Object.keys(part).find((key) => key !== "thoughtSignature" && key !== "thought");
  return name === undefined ? undefined : { kind: "native", format: GEMINI, name, value: part };
}

/** A part's `inlineData`, with further members of the part; undefined for what is none. */
export function inlineMedia(inlineData: unknown, marks: JsonObject = {}): MediaPart | undefined {
  if (!isJsonObject(inlineData) || typeof inlineData.data !== "string") return undefined;
  const mediaType = textOf(inlineData.mimeType) ?? "application/octet-stream";
  return mediaPart(mediaType, { from: "base64", mediaType, data: inlineData.data }, asNative(marks));
}

/** A text that is there and not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
