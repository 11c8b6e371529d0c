import type { JsonObject } from "../bytes/exact_json.ts";

/** Texts to be embedded. */
export interface EmbeddingsRequest {
  readonly model: string | undefined;
  readonly inputs: readonly string[];
  /** Whether the client sent one text and not a list. */
  readonly single: boolean;
  readonly dimensions?: number | undefined;
  /** How the client wants its vectors: numbers, or little-endian float32 in base64. */
  readonly encoding: "float" | "base64";
  /** Gemini's `taskType`, and the title of a document. */
  readonly task?: string | undefined;
  readonly title?: string | undefined;
  readonly user?: string | undefined;
  readonly native?: { readonly format: string; readonly members: JsonObject } | undefined;
}

/** Their vectors, in the order of the texts. */
export interface EmbeddingsAnswer {
  readonly model: string | undefined;
  readonly vectors: readonly (readonly number[])[];
  readonly inputTokens?: number | undefined;
}
