import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import type { AssembledAnswer } from "../../../core/answer.ts";
import type { Steps } from "../../../core/time/steps.ts";
import { readEvents } from "../../events/read_events.ts";
import { answerFacts } from "../usage.ts";

/** Lists inside a candidate that grow from event to event; other members are told anew each time. */
const GROWING: Readonly<Record<string, readonly string[]>> = {
  logprobsResult: ["chosenCandidates", "topCandidates"],
  citationMetadata: ["citations", "citationSources"],
};

/** Members of a part of text that another may be joined to. */
const TEXT_MEMBERS = new Set(["text", "thought", "thoughtSignature"]);

/** Puts the events of a stream together as the answer would have been without streaming. */
export function* assembleGenerate(stream: Uint8Array): Steps<AssembledAnswer> {
  const events: JsonObject[] = [];
  yield* readEvents(stream, (event) => events.push(event));
  const answer = joinedAnswer(events);
  return { body: JSON.stringify(answer), ...answerFacts(answer) };
}

/** One `GenerateContentResponse` out of those of a stream, whether its events or the elements of its array. */
export function joinedAnswer(events: readonly JsonObject[]): JsonObject {
  const top = new Map<string, unknown>();
  const candidates = new Map<number, Candidate>();
  for (const event of events) {
    for (const name of Object.keys(event)) {
      if (name !== "candidates" && event[name] !== null) top.set(name, event[name]);
    }
    if (!Array.isArray(event.candidates)) continue;
    for (const candidate of event.candidates) {
      if (!isJsonObject(candidate)) continue;
      const index = exactNumber(candidate.index) ?? 0;
      let known = candidates.get(index);
      if (known === undefined) candidates.set(index, known = new Candidate());
      known.add(candidate);
    }
  }
  const sorted = [...candidates].sort(([a], [b]) => a - b).map(([, candidate]) => candidate.whole());
  // Entries and not assignments: a member may be called `__proto__`.
  const rest = Object.fromEntries(top);
  return sorted.length === 0 ? rest : { candidates: sorted, ...rest };
}

/** One candidate as it grows. */
class Candidate {
  readonly #members = new Map<string, unknown>();
  #role: unknown;
  readonly #parts: Part[] = [];
  #hasContent = false;

  add(candidate: JsonObject): void {
    for (const name of Object.keys(candidate)) {
      const value = candidate[name];
      if (name === "content") this.#addContent(value);
      else if (value !== null) this.#members.set(name, grown(name, this.#members.get(name), value));
    }
  }

  whole(): JsonObject {
    const parts = this.#parts.map((part) => part.whole());
    const filled = parts.filter((part) => !isEmptyText(part));
    // An answer that is empty altogether keeps the part that says so.
    const content = { parts: filled.length > 0 ? filled : parts.slice(0, 1), role: this.#role ?? "model" };
    return { ...(this.#hasContent ? { content } : {}), ...Object.fromEntries(this.#members) };
  }

  #addContent(content: unknown): void {
    if (!isJsonObject(content)) return;
    this.#hasContent = true;
    this.#role ??= content.role;
    if (!Array.isArray(content.parts)) return;
    for (const part of content.parts) {
      if (!isJsonObject(part)) continue;
      if (this.#parts.at(-1)?.join(part) !== true) this.#parts.push(new Part(part));
    }
  }
}

/** A part, and the texts that came after it and continue it. */
class Part {
  readonly #first: JsonObject;
  readonly #texts: string[] = [];
  #signature: unknown;

  constructor(first: JsonObject) {
    this.#first = first;
    if (typeof first.text === "string") this.#texts.push(first.text);
    this.#signature = first.thoughtSignature;
  }

  /** Takes another text of the same kind; false where it is none, or where a signature has closed this one. */
  join(part: JsonObject): boolean {
    if (!isPlainText(this.#first) || !isPlainText(part) || this.#signature !== undefined) return false;
    if ((this.#first.thought === true) !== (part.thought === true)) return false;
    this.#texts.push(String(part.text));
    this.#signature = part.thoughtSignature;
    return true;
  }

  whole(): JsonObject {
    if (!isPlainText(this.#first)) return this.#first;
    const { text: _text, thoughtSignature: _signature, ...rest } = this.#first;
    const signature = this.#signature === undefined ? {} : { thoughtSignature: this.#signature };
    return { text: this.#texts.join(""), ...rest, ...signature };
  }
}

function isPlainText(part: JsonObject): boolean {
  return typeof part.text === "string" && Object.keys(part).every((name) => TEXT_MEMBERS.has(name));
}

function isEmptyText(part: JsonObject): boolean {
  return part.text === "" && isPlainText(part) && part.thoughtSignature === undefined;
}

function grown(name: string, old: unknown, next: unknown): unknown {
  const lists = Object.hasOwn(GROWING, name) ? GROWING[name] : undefined;
  if (lists === undefined || !isJsonObject(old) || !isJsonObject(next)) return next;
  const joined: JsonObject = { ...old, ...next };
  for (const list of lists) {
    const [before, after] = [old[list], next[list]];
    if (!Array.isArray(before) || !Array.isArray(after)) continue;
    for (const item of after) before.push(item);
    joined[list] = before;
  }
  return joined;
}
