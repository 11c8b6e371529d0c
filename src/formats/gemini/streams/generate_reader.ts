import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { STREAM_SIGNS, type StreamReader } from "../../format.ts";
import { FAILURES } from "../failures.ts";
import { saysNothingNew } from "./glance.ts";

/** Most candidates of one stream that are told apart. */
const MAX_CANDIDATES = 1024;

/** Members of a part that are no answer by themselves. */
const NOT_CONTENT = new Set(["thought", "thoughtSignature", "partMetadata"]);

/** The status such a failure is told with, so that it is judged like any other fault of the vendor's. */
const FAILURE_STATUS = 500;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Watches a stream of `GenerateContentResponse` events (`alt=sse`). */
export function generateReader(): StreamReader {
  return new EventStreamReader(new GenerateRules());
}

class GenerateRules implements EventRules {
  readonly #open = new Set<number>();
  readonly #finished = new Set<number>();
  #blocked = false;
  #blind = false;
  #errorData: Uint8Array | undefined;

  /** The prompt was blocked, or every candidate seen has told its finish reason. */
  get ended(): boolean {
    return this.#blocked || (this.#finished.size > 0 && this.#open.size === 0) || this.#blind;
  }

  get errorData(): Uint8Array | undefined {
    return this.#errorData;
  }

  look(_name: string, data: Uint8Array, hasContent: boolean): number {
    if (data.length === 0) return 0;
    if (hasContent && saysNothingNew(data)) {
      this.#opens(0);
      return 0;
    }
    const event = parsed(data);
    if (event === undefined) return STREAM_SIGNS.malformed;
    if (event.error !== undefined && event.error !== null) return this.#fails(event.error);
    return this.#lookAtAnswer(event, hasContent);
  }

  /**
   * A picture of more than a mebibyte comes whole in one event, often together with its finish reason: nobody can
   * tell, so the end of the bytes has to count as the end.
   */
  lookOversized(): number {
    this.#blind = true;
    return STREAM_SIGNS.content | STREAM_SIGNS.malformed;
  }

  #lookAtAnswer(event: JsonObject, hasContent: boolean): number {
    const candidates = Array.isArray(event.candidates) ? event.candidates.filter(isJsonObject) : [];
    const { promptFeedback } = event;
    if (candidates.length === 0 && isJsonObject(promptFeedback) && isReason(promptFeedback.blockReason)) {
      this.#blocked = true;
      return STREAM_SIGNS.content | STREAM_SIGNS.end;
    }
    const hasAnswer = candidates.some(isAnswer);
    const failure = hasContent || hasAnswer ? undefined : candidates.find(isFailure);
    if (failure !== undefined) return this.#fails(failureError(failure));
    let signs = hasAnswer ? STREAM_SIGNS.content : 0;
    for (const candidate of candidates) {
      const index = exactNumber(candidate.index) ?? 0;
      if (isReason(candidate.finishReason)) {
        this.#finishes(index);
        signs |= STREAM_SIGNS.content; // It explains an empty answer, so that trying elsewhere would be wrong.
      } else {
        this.#opens(index);
      }
    }
    const isEnd = this.#finished.size > 0 && this.#open.size === 0;
    return isEnd && signs !== 0 ? signs | STREAM_SIGNS.end : signs;
  }

  #fails(error: unknown): number {
    this.#errorData = encoder.encode(JSON.stringify({ error }));
    return STREAM_SIGNS.error;
  }

  #opens(index: number): void {
    if (!this.#finished.has(index) && this.#open.size < MAX_CANDIDATES) this.#open.add(index);
  }

  #finishes(index: number): void {
    this.#open.delete(index);
    if (this.#finished.size < MAX_CANDIDATES) this.#finished.add(index);
  }
}

/** The event's object; an error may come wrapped in an array. */
function parsed(data: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(data));
    const event: unknown = Array.isArray(value) ? value[0] : value;
    return isJsonObject(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

function isReason(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !value.endsWith("_UNSPECIFIED");
}

/** Whether a candidate says something to the user. Parts we do not know count: a new kind must not be held back. */
function isAnswer(candidate: JsonObject): boolean {
  const { content } = candidate;
  if (!isJsonObject(content) || !Array.isArray(content.parts)) return false;
  return content.parts.some((part) =>
    isJsonObject(part) &&
    Object.keys(part).some((name) => !NOT_CONTENT.has(name) && part[name] !== "" && part[name] !== null)
  );
}

function isFailure(candidate: JsonObject): boolean {
  return typeof candidate.finishReason === "string" && FAILURES.has(candidate.finishReason);
}

function failureError({ finishReason, finishMessage }: JsonObject): JsonObject {
  const detail = typeof finishMessage === "string" && finishMessage !== "" ? `: ${finishMessage}` : "";
  const message = `The model gave no answer (finish reason ${String(finishReason)})${detail}`;
  return { code: FAILURE_STATUS, message, status: "INTERNAL" };
}
