import { Buffer } from "node:buffer";
import type { AssembledAnswer } from "../../../core/answer.ts";
import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { foreignObject, mayJoinDeltas, mergeDelta } from "./merge_delta.ts";
import type { Steps } from "../../../core/time/steps.ts";
import { readEvents } from "../../events/read_events.ts";
import { answerFacts, firstFinish } from "../usage.ts";

/** What the two formats with `choices` differ in. */
export interface ChoicesShape {
  /** `object` of the whole answer. */
  readonly object: string;
  /** Member of a whole choice that holds the answer. */
  readonly answer: "message" | "text";
}

/** Top-level members of which the first filled one counts: Azure's opening filter event has them empty. */
const FIRST_FILLED = new Set(["id", "created", "model", "system_fingerprint"]);

/** `object` is known, and `obfuscation` is padding against traffic analysis. */
const LEFT_OUT = new Set(["object", "choices", "obfuscation"]);

/** Puts a stream of `choices` together as the answer would have been without streaming. */
export function* assembleChoices(stream: Uint8Array, shape: ChoicesShape): Steps<AssembledAnswer> {
  const top = foreignObject();
  const choices = new Map<number, Choice>();
  const take = (event: JsonObject) => {
    for (const key of Object.keys(event)) {
      if (!LEFT_OUT.has(key)) keep(top, key, event[key]);
    }
    if (!Array.isArray(event.choices)) return;
    for (const choice of event.choices) {
      if (isJsonObject(choice)) choiceOf(choices, choice).add(choice);
    }
  };
  yield* readEvents(stream, take, mayJoin);
  const { id, created, model, usage, ...rest } = top;
  const whole = [...choices.values()].sort((a, b) => a.index - b.index).map((choice) => choice.whole(shape));
  const body = JSON.stringify({ id, object: shape.object, created, model, choices: whole, usage, ...rest });
  return { body, ...answerFacts(usage ?? groqUsage(top), model, firstFinish(whole), top.service_tier) };
}

/**
 * Whether of events that are alike only one text matters, and that grows: what most of a stream consists of. With two
 * the order may matter, where they grow into one.
 */
function mayJoin(event: JsonObject, isText: (member: unknown) => boolean): boolean {
  let texts = 0;
  const isCounted = (member: unknown) => {
    if (!isText(member)) return false;
    texts++;
    return true;
  };
  return Object.keys(event).every((key) => {
    const value = event[key];
    if (key !== "choices") return !isObject(value) && (LEFT_OUT.has(key) || !isText(value));
    return Array.isArray(value) &&
      value.every((choice) => isJsonObject(choice) && mayJoinChoice(choice, isCounted));
  }) && texts <= 1;
}

function mayJoinChoice(choice: JsonObject, isText: (member: unknown) => boolean): boolean {
  return Object.keys(choice).every((key) => {
    const value = choice[key];
    if (key === "delta" || key === "message") return isJsonObject(value) && mayJoinDeltas(value, isText);
    if (key === "text") return isText(value) || value === "";
    return !isObject(value) && !isText(value);
  });
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function keep(top: JsonObject, key: string, value: unknown): void {
  const isFilled = value !== null && value !== "" && value !== 0;
  if (FIRST_FILLED.has(key) ? !top[key] : isFilled) top[key] = value;
  else if (!Object.hasOwn(top, key)) top[key] = value;
}

function choiceOf(choices: Map<number, Choice>, fragment: JsonObject): Choice {
  const index = typeof fragment.index === "number" ? fragment.index : 0;
  let choice = choices.get(index);
  if (choice === undefined) choices.set(index, choice = new Choice(index));
  return choice;
}

/** Groq tells usage of a stream under a member of its own. */
function groqUsage(top: JsonObject): unknown {
  return isJsonObject(top.x_groq) ? top.x_groq.usage : undefined;
}

/** One choice as it grows. */
class Choice {
  readonly index: number;
  #text = "";
  readonly #message = foreignObject();
  readonly #audio: string[] = [];
  #logprobs: JsonObject | null = null;
  #finishReason: unknown = null;
  readonly #rest = foreignObject();

  constructor(index: number) {
    this.index = index;
  }

  add(fragment: JsonObject): void {
    for (const key of Object.keys(fragment)) {
      const value = fragment[key];
      if (key === "delta" || key === "message") this.#addDelta(value);
      else if (key === "text") this.#text += typeof value === "string" ? value : "";
      else if (key === "logprobs") this.#addLogprobs(value);
      else if (key === "finish_reason") this.#finishReason = value ?? this.#finishReason;
      else if (key !== "index" && (value !== null || !Object.hasOwn(this.#rest, key))) {
        this.#rest[key] = value;
      }
    }
  }

  #addDelta(delta: unknown): void {
    if (!isJsonObject(delta)) return;
    const { audio } = delta;
    if (!isJsonObject(audio) || typeof audio.data !== "string") return mergeDelta(this.#message, delta);
    this.#audio.push(audio.data);
    mergeDelta(this.#message, { ...delta, audio: { ...audio, data: null } });
  }

  #addLogprobs(logprobs: unknown): void {
    if (isJsonObject(logprobs)) mergeDelta(this.#logprobs ??= foreignObject(), logprobs);
  }

  whole(shape: ChoicesShape): JsonObject {
    const { index } = this;
    const answer = shape.answer === "text" ? { text: this.#text } : { message: this.#wholeMessage() };
    const end = { logprobs: this.#logprobs, ["finish_reason"]: this.#finishReason, ...this.#rest };
    return shape.answer === "text" ? { ...answer, index, ...end } : { index, ...answer, ...end };
  }

  #wholeMessage(): JsonObject {
    const { role, content, tool_calls: calls, audio, ...rest } = this.#message;
    const message: JsonObject = { role: role ?? "assistant", content: content ?? null, ...rest };
    if (Array.isArray(calls)) message.tool_calls = calls.map(withoutIndex);
    if (isJsonObject(audio) && this.#audio.length > 0) audio.data = joinedBase64(this.#audio);
    if (audio !== undefined) message.audio = audio;
    return message;
  }
}

/** The index only tells fragments apart; a whole answer has none. */
function withoutIndex(call: unknown): unknown {
  if (!isJsonObject(call)) return call;
  const { index: _index, ...whole } = call;
  return whole;
}

/** Each piece is padded for itself, so that joined texts would be no base64. */
function joinedBase64(pieces: readonly string[]): string {
  if (pieces.length === 1) return pieces[0] ?? "";
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");
}
