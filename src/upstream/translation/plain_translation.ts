import { isJsonObject, type JsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import { isTooDeep } from "../../core/bytes/json_depth.ts";
import type { AnswerContext, Side } from "../../formats/translation/translation.ts";
import { type AnswerTranslation, NO_BYTES, TranslationFault } from "./answer_translation.ts";

/** What translating one plain answer needs. */
export interface PlainAnswerParts<Q, A> {
  readonly client: Side<Q, A>;
  readonly upstream: Side<Q, A>;
  readonly context: AnswerContext<Q>;
  readonly dropped: readonly string[];
}

/** Translates answers that are never streamed: embeddings, token counts. */
export class PlainTranslation<Q, A> implements AnswerTranslation {
  readonly streams = false;
  readonly contentType = "application/json; charset=utf-8";
  readonly dropped: readonly string[];
  readonly #parts: PlainAnswerParts<Q, A>;

  constructor(parts: PlainAnswerParts<Q, A>) {
    this.#parts = parts;
    this.dropped = parts.dropped;
  }

  whole(body: Uint8Array): Uint8Array {
    const { client, upstream, context } = this.#parts;
    const answer = upstream.readAnswer(objectOf(body));
    return new TextEncoder().encode(JSON.stringify(client.writeAnswer(answer, context)));
  }

  push(): never {
    throw new TranslationFault("the answer is a stream");
  }

  end(): Uint8Array {
    return NO_BYTES;
  }
}

/** The JSON object that a body is. Throws {@link TranslationFault}. */
export function objectOf(body: Uint8Array): JsonObject {
  try {
    const value = parseExact(new TextDecoder().decode(body));
    // Some Google paths wrap their one answer in an array; of several pieces the first is not the answer.
    const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (isJsonObject(single) && !isTooDeep(single, body.length)) return single;
  } catch {
    // Told below.
  }
  throw new TranslationFault("the answer is no JSON object that could be written again");
}
