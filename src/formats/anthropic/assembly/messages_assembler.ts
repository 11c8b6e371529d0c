import type { AssembledAnswer } from "../../../core/answer.ts";
import { exactNumber, isJsonObject, type JsonObject, parseExact } from "../../../core/bytes/exact_json.ts";
import { isDeeper } from "../../../core/bytes/json_depth.ts";
import type { Steps } from "../../../core/time/steps.ts";
import { readEvents } from "../../events/read_events.ts";
import { answerFacts, laterUsage } from "../usage.ts";

/** Most content blocks that are put together; a hostile index must not make a giant list. */
const MAX_BLOCKS = 10_000;

/** Puts a stream of messages together: the message it would have been without streaming, also when it was cut. */
export function* assembleMessage(stream: Uint8Array): Steps<AssembledAnswer> {
  const message = new GrowingMessage();
  yield* readEvents(stream, (event, name) => message.add(event, name), mayJoin);
  return message.whole();
}

/** Whether of events that are alike only the texts matter, and these grow. */
function mayJoin({ type, delta, index }: JsonObject, isText: (member: unknown) => boolean): boolean {
  if (type !== "content_block_delta" || !isJsonObject(delta) || isText(index)) return false;
  return Object.keys(delta).every((name) => {
    const isGrowing = name !== "type" && name !== "citation" && name !== "signature";
    return isText(delta[name]) ? isGrowing : name === "type" || delta[name] === "";
  });
}

class GrowingMessage {
  #message: JsonObject = { type: "message", role: "assistant" };
  #usage: JsonObject = {};
  readonly #blocks = new Map<number, GrowingBlock>();
  #error: unknown;

  add(event: JsonObject, name: string): void {
    switch (typeof event.type === "string" ? event.type : name) {
      case "message_start":
        if (!isJsonObject(event.message)) return;
        this.#message = { ...event.message };
        this.#usage = laterUsage(this.#usage, event.message.usage);
        return;
      case "content_block_start":
        return this.#start(event);
      case "content_block_delta":
        if (isJsonObject(event.delta)) this.#blockOf(event.index)?.add(event.delta);
        return;
      case "message_delta":
        return this.#change(event);
      case "error":
        this.#error = event.error ?? event;
    }
  }

  #start(event: JsonObject): void {
    if (!isJsonObject(event.content_block)) return;
    const index = indexOf(event.index) ?? this.#blocks.size;
    if (index < MAX_BLOCKS) this.#blocks.set(index, new GrowingBlock(event.content_block));
  }

  #blockOf(value: unknown): GrowingBlock | undefined {
    return this.#blocks.get(indexOf(value) ?? this.#blocks.size - 1);
  }

  /** `delta` tells members of the message; others beside it (`context_management`) are told next to it. */
  #change({ type: _type, delta, usage, ...beside }: JsonObject): void {
    this.#message = { ...this.#message, ...(isJsonObject(delta) ? delta : {}), ...beside };
    this.#usage = laterUsage(this.#usage, usage);
  }

  whole(): AssembledAnswer {
    const content = [...this.#blocks.entries()].sort(([a], [b]) => a - b).map(([, block]) => block.whole());
    const error = this.#error === undefined ? {} : { error: this.#error };
    const body = { ...this.#message, content, usage: this.#usage, ...error };
    const { model, stop_reason: finish } = this.#message;
    return { body: JSON.stringify(body), ...answerFacts({ usage: this.#usage, model, finish }) };
  }
}

/** One content block as it grows. */
class GrowingBlock {
  #block: JsonObject;
  readonly #citations: unknown[] = [];
  readonly #json: string[] = [];
  readonly #texts = new Map<string, string[]>();

  constructor(block: JsonObject) {
    this.#block = { ...block };
  }

  add(delta: JsonObject): void {
    for (const [name, value] of Object.entries(delta)) {
      if (name === "type") continue;
      if (name === "citation") this.#citations.push(value);
      else if (typeof value !== "string") this.#block = { ...this.#block, [name]: value };
      else if (name === "partial_json") this.#json.push(value);
      // A signature comes whole; the official SDK keeps the last one too.
      else if (name === "signature") this.#block = { ...this.#block, signature: value };
      else this.#addText(name, value);
    }
  }

  #addText(name: string, text: string): void {
    const pieces = this.#texts.get(name);
    if (pieces !== undefined) pieces.push(text);
    else this.#texts.set(name, [textOf(Object.hasOwn(this.#block, name) ? this.#block[name] : ""), text]);
  }

  whole(): JsonObject {
    const texts = [...this.#texts].map(([name, pieces]) => [name, pieces.join("")]);
    const input = this.#json.join("");
    const told = this.#block.citations;
    const citations = [...(Array.isArray(told) ? told : []), ...this.#citations];
    return {
      ...this.#block,
      ...Object.fromEntries(texts),
      ...(input === "" ? {} : { input: inputOf(input) }),
      ...(this.#citations.length === 0 ? {} : { citations }),
    };
  }
}

/** The input of a tool; of one that was cut, its text so far. */
function inputOf(text: string): unknown {
  try {
    const input = parseExact(text);
    return isDeeper(input) ? text : input;
  } catch {
    return text;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function indexOf(value: unknown): number | undefined {
  const index = exactNumber(value);
  return index !== undefined && Number.isSafeInteger(index) && index >= 0 ? index : undefined;
}
