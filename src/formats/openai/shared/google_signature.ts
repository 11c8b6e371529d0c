import type { OpaqueSignature } from "../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";

/** Format whose signatures Google's compatible endpoint carries through OpenAI chat. */
const GEMINI = "gemini_generate";

/** Reads `extra_content.google.thought_signature` of a tool call: the only way OpenAI chat has for Gemini's signatures. */
export function readGoogleSignature(call: JsonObject): OpaqueSignature | undefined {
  const { extra_content: extra } = call;
  const google = isJsonObject(extra) ? extra.google : undefined;
  const value = isJsonObject(google) ? google.thought_signature : undefined;
  return typeof value === "string" && value !== "" ? { format: GEMINI, value } : undefined;
}

/** The member of a tool call that holds a Gemini signature; none for signatures of other formats. */
export function writeGoogleSignature(signature: OpaqueSignature | undefined): JsonObject {
  if (signature?.format !== GEMINI) return {};
  return { ["extra_content"]: { google: { ["thought_signature"]: signature.value } } };
}
