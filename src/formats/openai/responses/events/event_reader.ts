import type { ChatEvent } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatEventReader } from "../../../translation/translation.ts";
import { readUsage } from "../../usage.ts";
import { readLogprobs } from "../../shared/token_logprobs.ts";
import { callIdOf, callNameOf, itemsOf, readFinish, textOf } from "../answer/read_answer.ts";
import { reasoningText } from "../request/read_items.ts";
import { RESPONSES } from "../wire.ts";

/** Most items of one answer that are followed; a hostile upstream must not make a giant map. */
const MAX_ITEMS = 10_000;

/** Most parts of one item that are followed, for the same reason. */
const MAX_PARTS = 10_000;

/** Reads the events of an upstream. Whatever a text or a call came in (deltas, `done` events, the last event) it is told once. */
export function responsesEventReader(): ChatEventReader {
  return new ResponsesEventReader();
}

/** One item that is coming in. */
interface ItemState {
  readonly type: string;
  readonly index: number;
  /** How much of each text was told, in UTF-16 units, by the text's place: `arguments`, or kind and index of the part. */
  readonly told: Map<string, number>;
  /** Number of its call, once that is told. */
  call?: number;
  isDone?: boolean;
}

type Emit = (event: ChatEvent) => void;

class ResponsesEventReader implements ChatEventReader {
  readonly #items = new Map<number, ItemState>();
  #response: JsonObject = {};
  #calls = 0;
  #isStarted = false;
  #isEnded = false;
  #last: JsonObject | undefined;

  event(name: string, data: JsonObject, emit: Emit): void {
    if (this.#isEnded) return;
    const type = typeof data.type === "string" ? data.type : name;
    if (!type.startsWith("response.")) return;
    if (isJsonObject(data.response)) this.#response = data.response;
    this.#start(emit);
    switch (type) {
      case "response.output_item.added":
        return this.#added(data, emit);
      case "response.output_item.done":
        return this.#itemDone(data, emit);
      case "response.completed":
      case "response.incomplete":
        this.#last = this.#response;
        return this.end(emit);
      default:
        return this.#text(type, data, emit);
    }
  }

  end(emit: Emit): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const last = this.#last ?? {};
    for (const [index, item] of itemsOf(last).entries()) this.#finishItem(index, item, emit);
    for (const state of this.#items.values()) this.#closeCall(state, emit);
    if (this.#last !== undefined) {
      const usage = readUsage(last.usage);
      emit({ kind: "finish", choice: 0, finish: readFinish(last, this.#calls > 0) });
      if (usage !== undefined) emit({ kind: "usage", usage });
    }
    emit({ kind: "end" });
  }

  #start(emit: Emit): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    emit({ kind: "start", id: textOf(this.#response, "id"), model: textOf(this.#response, "model") });
  }

  #added(data: JsonObject, emit: Emit): void {
    const { item } = data;
    if (!isJsonObject(item)) return;
    const index = indexOf(data.output_index) ?? this.#items.size;
    const state = this.#stateOf(index, item);
    if (state !== undefined) this.#startCall(state, item, emit);
  }

  #itemDone(data: JsonObject, emit: Emit): void {
    const index = indexOf(data.output_index) ?? Math.max(0, this.#items.size - 1);
    if (isJsonObject(data.item)) this.#finishItem(index, data.item, emit);
  }

  #stateOf(index: number, item: JsonObject): ItemState | undefined {
    const known = this.#items.get(index);
    if (known !== undefined || index >= MAX_ITEMS) return known;
    const state: ItemState = { type: textOf(item, "type") ?? "", index, told: new Map() };
    this.#items.set(index, state);
    return state;
  }

  /** Without its name a call cannot be told yet; some upstreams tell it only when the item is done. */
  #startCall(state: ItemState, item: JsonObject, emit: Emit, isLate = false): void {
    if (!isCall(state) || state.call !== undefined) return;
    if (!isLate && (textOf(item, "name") === undefined || textOf(item, "call_id") === undefined)) return;
    state.call = this.#calls++;
    emit({
      kind: "tool_start",
      choice: 0,
      call: state.call,
      id: callIdOf(item, this.#response, state.index),
      name: callNameOf(item),
      ...(state.type === "custom_tool_call" ? { custom: true } : {}),
    });
  }

  /** Tells what is still owed of an item that came whole. */
  #finishItem(index: number, item: JsonObject, emit: Emit): void {
    const state = this.#stateOf(index, item);
    if (state === undefined || state.isDone === true) return;
    state.isDone = true;
    if (isCall(state)) {
      this.#startCall(state, item, emit, true);
      this.#rest(state, "arguments", item[state.type === "function_call" ? "arguments" : "input"], emit);
      this.#closeCall(state, emit);
    } else if (state.type === "reasoning") {
      if (state.told.size === 0) this.#rest(state, "whole", reasoningText(item), emit);
      this.#endReasoning(item, state, emit);
    } else if (state.type === "message" && Array.isArray(item.content)) {
      for (const [part, content] of item.content.entries()) this.#contentRest(state, part, content, emit);
    }
  }

  #contentRest(state: ItemState, index: number, part: unknown, emit: Emit): void {
    if (!isJsonObject(part)) return;
    const kind = part.type === "refusal" ? "refusal" : "text";
    if (kind === "text" && !state.told.has(`text ${index}`)) this.#tokens(part.logprobs, emit);
    this.#rest(state, `${kind} ${index}`, part[kind], emit);
  }

  #endReasoning(item: JsonObject, state: ItemState, emit: Emit): void {
    const encrypted = textOf(item, "encrypted_content");
    if (encrypted === undefined && state.told.size === 0) return;
    const signature = encrypted === undefined ? undefined : { format: RESPONSES, value: encrypted };
    emit({ kind: "reasoning_end", choice: 0, signature, id: textOf(item, "id") });
  }

  #closeCall(state: ItemState, emit: Emit): void {
    if (state.call === undefined || state.told.has("end")) return;
    state.told.set("end", 0);
    emit({ kind: "tool_end", choice: 0, call: state.call });
  }

  #text(type: string, data: JsonObject, emit: Emit): void {
    const isDelta = type.endsWith(".delta");
    const place = PLACES[type.slice(0, type.lastIndexOf("."))];
    if (place === undefined || (!isDelta && !type.endsWith(".done"))) return;
    const index = indexOf(data.output_index) ?? Math.max(0, this.#items.size - 1);
    const state = this.#stateOf(index, { type: place.item });
    if (state === undefined || state.isDone === true) return;
    const part = indexOf(data[place.index]) ?? 0;
    const key = place.kind === "arguments" ? "arguments" : `${place.kind} ${part}`;
    if (place.kind === "text" && (isDelta || !state.told.has(key))) this.#tokens(data.logprobs, emit);
    if (isDelta) this.#grow(state, key, data.delta, emit);
    else this.#rest(state, key, data[place.member], emit);
  }

  #tokens(list: unknown, emit: Emit): void {
    const tokens = readLogprobs(list);
    if (tokens.length > 0) emit({ kind: "logprobs", choice: 0, tokens });
  }

  /** Tells what a whole text has beyond what was told of it. */
  #rest(state: ItemState, key: string, whole: unknown, emit: Emit): void {
    if (typeof whole === "string") this.#grow(state, key, whole.slice(state.told.get(key) ?? 0), emit);
  }

  #grow(state: ItemState, key: string, text: unknown, emit: Emit): void {
    if (typeof text !== "string" || text === "" || state.told.size > MAX_PARTS) return;
    const [kind = "", index = "0"] = key.split(" ");
    if (isCall(state)) {
      // The name is still to come, and with it the whole.
      if (state.call === undefined) return;
      emit({ kind: "tool_arguments", choice: 0, call: state.call, text });
    } else if (state.type === "reasoning") {
      // Of summary and thoughts the one that came first is told: they say the same.
      if (state.told.size > 0 && ![...state.told.keys()].some((told) => told.startsWith(`${kind} `))) return;
      const isNext = !state.told.has(key) && state.told.size > 0 && index !== "0";
      emit({ kind: "reasoning", choice: 0, text: isNext ? `\n\n${text}` : text });
    } else {
      emit({ kind: kind === "refusal" ? "refusal" : "text", choice: 0, text });
    }
    state.told.set(key, (state.told.get(key) ?? 0) + text.length);
  }
}

/** What the events of a growing text say: in which item and part it stands, and where it is whole. */
const PLACES: Readonly<
  Record<
    string,
    { readonly item: string; readonly kind: string; readonly index: string; readonly member: string }
  >
> = {
  "response.output_text": { item: "message", kind: "text", index: "content_index", member: "text" },
  "response.refusal": { item: "message", kind: "refusal", index: "content_index", member: "refusal" },
  "response.reasoning_summary_text": {
    item: "reasoning",
    kind: "summary",
    index: "summary_index",
    member: "text",
  },
  "response.reasoning_text": {
    item: "reasoning",
    kind: "thought",
    index: "content_index",
    member: "text",
  },
  "response.function_call_arguments": {
    item: "function_call",
    kind: "arguments",
    index: "",
    member: "arguments",
  },
  "response.custom_tool_call_input": {
    item: "custom_tool_call",
    kind: "arguments",
    index: "",
    member: "input",
  },
};

function isCall(state: ItemState): boolean {
  return state.type === "function_call" || state.type === "custom_tool_call";
}

function indexOf(value: unknown): number | undefined {
  const index = exactNumber(value);
  return index !== undefined && Number.isSafeInteger(index) && index >= 0 ? index : undefined;
}
