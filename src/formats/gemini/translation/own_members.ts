import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import type { OpaqueSignature } from "../../../core/chat.ts";
import type { Side } from "../../translation/translation.ts";

/** Type of the chat format, under which hub members that only Gemini knows are kept. */
export const GEMINI = "gemini_generate";

/** What a part may carry beside what it is. */
export const PART_EXTRAS: ReadonlySet<string> = new Set([
  "mediaResolution",
  "mediaProcessing",
  "videoMetadata",
  "partMetadata",
  "speechMetadata",
]);

/** Members of the hub that only one format knows. */
export type Native = { readonly format: string; readonly members: JsonObject };

/** Puts members under Gemini's name; `{}` where there are none, to be spread. */
export function asNative(members: JsonObject | undefined): { native?: Native } {
  return members === undefined || Object.keys(members).length === 0
    ? {}
    : { native: { format: GEMINI, members } };
}

/** The members, where Gemini's reader put them there. */
export function nativeMembers(native: Native | undefined): JsonObject {
  return native?.format === GEMINI ? native.members : {};
}

/** A signature of Gemini's as a hub member, to be spread. */
export function asSignature(value: unknown): { signature?: OpaqueSignature } {
  return typeof value === "string" && value !== "" ? { signature: { format: GEMINI, value } } : {};
}

/** A signature as a member of a part, where Gemini wrote it. */
export function signatureMember(signature: OpaqueSignature | undefined): { thoughtSignature?: string } {
  return signature?.format === GEMINI ? { thoughtSignature: signature.value } : {};
}

/**
 * The code that a model had run, or what came of it, as text
 * in lines of its own that any other model can read; undefined for other parts.
 */
export function codeText(name: string, value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  if (name === "executableCode" && typeof value.code === "string") {
    const language = typeof value.language === "string" ? value.language.toLowerCase() : "";
    return `\n\`\`\`${language}\n${value.code}\n\`\`\`\n`;
  }
  if (name === "codeExecutionResult") {
    return `\n\`\`\`\n${typeof value.output === "string" ? value.output : ""}\n\`\`\`\n`;
  }
  return undefined;
}

/** How Gemini spells the hub's fields. */
export const FIELD_NAMES: Side<unknown, unknown>["fieldNames"] = {
  temperature: "generationConfig.temperature",
  topP: "generationConfig.topP",
  topK: "generationConfig.topK",
  presencePenalty: "generationConfig.presencePenalty",
  frequencyPenalty: "generationConfig.frequencyPenalty",
  seed: "generationConfig.seed",
  stop: "generationConfig.stopSequences",
  candidates: "generationConfig.candidateCount",
  logprobs: "generationConfig.responseLogprobs",
  output: "generationConfig.responseMimeType",
  outputStrict: "generationConfig.responseJsonSchema",
  reasoning: "generationConfig.thinkingConfig",
  toolChoice: "toolConfig.functionCallingConfig",
  reasoningSignature: "contents.parts.thoughtSignature",
  reasoningText: "contents.parts.thought",
  fileName: "contents.parts.inlineData.displayName",
  toolResultMedia: "contents.parts.functionResponse.parts",
};

/**
 * What other formats leave out: settings that change how Google serves an answer, or hints about a part. All else
 * that only Gemini knows is refused: tools that run at Google, cached contents, other modalities of the answer.
 */
export const OWN_MEMBERS: Side<unknown, unknown>["ownMembers"] = {
  safetySettings: "drop",
  labels: "drop",
  store: "drop",
  vendorTier: "drop",
  "toolConfig.retrievalConfig": "drop",
  "toolConfig.includeServerSideToolInvocations": "drop",
  "toolConfig.functionCallingConfig.mode": "drop",
  "toolConfig.functionCallingConfig.streamFunctionCallArguments": "drop",
  "generationConfig.mediaResolution": "drop",
  "generationConfig.speechConfig": "drop",
  "generationConfig.imageConfig": "drop",
  "generationConfig.audioTimestamp": "drop",
  "generationConfig.enableEnhancedCivicAnswers": "drop",
  "generationConfig.routingConfig": "drop",
  "generationConfig.modelSelectionConfig": "drop",
  "part.mediaResolution": "drop",
  "part.mediaProcessing": "drop",
  "part.videoMetadata": "drop",
  "part.partMetadata": "drop",
  "part.speechMetadata": "drop",
  "part.displayName": "drop",
  "part.mimeType": "drop",
  "part.thoughtSignature": "drop",
  "part.executableCode": "drop",
  "part.codeExecutionResult": "drop",
  "part.thought": "drop",
  "part.scheduling": "drop",
  "part.willContinue": "drop",
  "tool.response": "drop",
  "tool.responseJsonSchema": "drop",
  "tool.behavior": "drop",
};
