import { STREAM_SIGNS, type StreamReader } from "../../format.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { parseEvent } from "../../events/parse_event.ts";
import { isDone, isErrorEvent, suspectsIn, SUSPICIONS } from "./suspects.ts";

/** Most choices of one stream that are told apart; with more, only `[DONE]` says that all have ended. */
const MAX_CHOICES = 1024;

/** Members of a delta that are no part of an answer. */
const NOT_CONTENT = new Set(["role", "name"]);

/** Watches a stream of `choices`: chat completions (`delta`) and the older completions (`text`). */
export function choicesReader(): StreamReader {
  return new EventStreamReader(new ChoicesRules());
}

class ChoicesRules implements EventRules {
  #done = false;
  readonly #open = new Set<number>();
  readonly #finished = new Set<number>();

  /** `[DONE]`, or every choice has told its finish reason: some servers send no `[DONE]`. */
  get ended(): boolean {
    return this.#done || (this.#finished.size > 0 && this.#open.size === 0);
  }

  look(name: string, data: Uint8Array, hasContent: boolean): number {
    if (isDone(data)) {
      this.#done = true;
      return STREAM_SIGNS.end;
    }
    if (hasContent && name !== "error") {
      const suspects = suspectsIn(data);
      if (suspects === 0) return 0;
      if (suspects === SUSPICIONS.firstIndex) {
        this.#opens(0);
        return 0;
      }
    }
    const event = parseEvent(data);
    if (event === undefined) return data.length === 0 ? 0 : STREAM_SIGNS.malformed;
    if (isErrorEvent(name, event)) return STREAM_SIGNS.error;
    return this.#lookAtChoices(event.choices) ? STREAM_SIGNS.content : 0;
  }

  lookOversized(): number {
    return STREAM_SIGNS.content | STREAM_SIGNS.malformed;
  }

  #lookAtChoices(choices: unknown): boolean {
    if (!Array.isArray(choices)) return false;
    let hasContent = false;
    for (const choice of choices) {
      if (!isJsonObject(choice)) continue;
      const index = typeof choice.index === "number" ? choice.index : 0;
      if (typeof choice.finish_reason === "string" && choice.finish_reason !== "") {
        this.#finishes(index);
        hasContent = true; // It explains an empty answer, so that trying elsewhere would be wrong.
      } else {
        this.#opens(index);
        hasContent ||= isAnswer(choice);
      }
    }
    return hasContent;
  }

  #opens(index: number): void {
    if (!this.#finished.has(index) && this.#open.size < MAX_CHOICES) this.#open.add(index);
  }

  #finishes(index: number): void {
    this.#open.delete(index);
    if (this.#finished.size < MAX_CHOICES) this.#finished.add(index);
  }
}

/** Whether a choice says something to the user. Members we do not know count: a new kind of answer must not be held back. */
function isAnswer(choice: JsonObject): boolean {
  if (hasSubstance(choice.text)) return true;
  const delta = choice.delta ?? choice.message;
  return isJsonObject(delta) &&
    Object.keys(delta).some((key) => !NOT_CONTENT.has(key) && hasSubstance(delta[key]));
}

function hasSubstance(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  if (Array.isArray(value)) return value.some((item) => typeof item !== "object" || hasSubstance(item));
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
