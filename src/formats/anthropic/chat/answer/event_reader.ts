import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatEvent } from "../../../../core/chat.ts";
import { madeUpCallId } from "../../../translation/made_up_id.ts";
import type { ChatEventReader } from "../../../translation/translation.ts";
import { laterUsage, readUsage } from "../../usage.ts";
import { OWN_FORMAT, readSignature } from "../signatures.ts";
import { readFinish } from "./finish.ts";
import { explanationOf } from "./read_answer.ts";

type Emit = (event: ChatEvent) => void;

/** A block that was begun and not ended. */
type OpenBlock =
  | { readonly kind: "text" }
  | { readonly kind: "thinking"; signature: string }
  | { readonly kind: "call"; readonly call: number; readonly input: unknown; hasArguments: boolean };

/** Most blocks that are open at once; the vendor opens one after the other. */
const MAX_OPEN_BLOCKS = 1024;

/** Reads a stream of messages. Blocks of server tools have no word in the hub: they are passed over. */
export class MessageEventReader implements ChatEventReader {
  readonly #open = new Map<number, OpenBlock>();
  #calls = 0;
  /** The answer's own id. */
  #message: unknown;
  #usage: JsonObject = {};
  #isFinished = false;
  #isEnded = false;

  event(name: string, data: JsonObject, emit: Emit): void {
    switch (typeof data.type === "string" ? data.type : name) {
      case "message_start":
        return this.#begin(isJsonObject(data.message) ? data.message : {}, emit);
      case "content_block_start":
        return this.#start(data, emit);
      case "content_block_delta":
        return this.#delta(data, emit);
      case "content_block_stop":
        return this.#close(indexOf(data.index), emit);
      case "message_delta":
        return this.#change(data, emit);
      case "message_stop":
        return this.end(emit);
    }
  }

  end(emit: Emit): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#closeAll(emit);
    emit({ kind: "end" });
  }

  #begin({ id, model, usage }: JsonObject, emit: Emit): void {
    this.#message = id;
    emit({
      kind: "start",
      ...(typeof id === "string" ? { id } : {}),
      ...(typeof model === "string" ? { model } : {}),
    });
    this.#tellUsage(usage, emit);
  }

  #tellUsage(told: unknown, emit: Emit): void {
    this.#usage = laterUsage(this.#usage, told);
    const usage = isJsonObject(told) ? readUsage(this.#usage) : undefined;
    if (usage !== undefined) emit({ kind: "usage", usage });
  }

  #start(data: JsonObject, emit: Emit): void {
    const block = data.content_block;
    if (!isJsonObject(block) || this.#open.size >= MAX_OPEN_BLOCKS) return;
    const index = indexOf(data.index);
    switch (block.type) {
      case "text":
        this.#open.set(index, { kind: "text" });
        return tell("text", block.text, emit);
      case "thinking":
        this.#open.set(index, { kind: "thinking", signature: textOf(block.signature) });
        return tell("reasoning", block.thinking, emit);
      case "redacted_thinking":
        return emit({
          kind: "reasoning_end",
          choice: 0,
          redacted: true,
          signature: { format: OWN_FORMAT, value: textOf(block.data) },
        });
      case "tool_use": {
        const call = this.#calls++;
        this.#open.set(index, { kind: "call", call, input: block.input, hasArguments: false });
        const id = textOf(block.id) || madeUpCallId(this.#message, index, block.name);
        return emit({ kind: "tool_start", choice: 0, call, id, name: textOf(block.name) });
      }
    }
  }

  #delta({ index, delta }: JsonObject, emit: Emit): void {
    if (!isJsonObject(delta)) return;
    const block = this.#open.get(indexOf(index));
    switch (delta.type) {
      case "text_delta":
        return tell("text", delta.text, emit);
      case "thinking_delta":
        return tell("reasoning", delta.thinking, emit);
      case "signature_delta":
        if (block?.kind === "thinking") block.signature = textOf(delta.signature);
        return;
      case "input_json_delta": {
        const text = textOf(delta.partial_json);
        if (block?.kind !== "call" || text === "") return;
        block.hasArguments = true;
        return emit({ kind: "tool_arguments", choice: 0, call: block.call, text });
      }
    }
  }

  #close(index: number, emit: Emit): void {
    const block = this.#open.get(index);
    this.#open.delete(index);
    if (block?.kind === "thinking") {
      emit({ kind: "reasoning_end", choice: 0, signature: readSignature(block.signature) });
    } else if (block?.kind === "call") {
      const { call, input } = block;
      // Some servers tell the whole input with the block's beginning.
      if (!block.hasArguments && isJsonObject(input) && Object.keys(input).length > 0) {
        emit({ kind: "tool_arguments", choice: 0, call, text: JSON.stringify(input) });
      }
      emit({ kind: "tool_end", choice: 0, call });
    }
  }

  #closeAll(emit: Emit): void {
    for (const index of [...this.#open.keys()]) this.#close(index, emit);
  }

  #change({ delta, usage }: JsonObject, emit: Emit): void {
    this.#tellUsage(usage, emit);
    if (this.#isFinished || !isJsonObject(delta) || typeof delta.stop_reason !== "string") return;
    this.#isFinished = true;
    this.#closeAll(emit);
    const refusal = explanationOf(delta.stop_details);
    if (refusal !== undefined) emit({ kind: "refusal", choice: 0, text: refusal });
    const stopSequence = textOf(delta.stop_sequence);
    emit({
      kind: "finish",
      choice: 0,
      finish: readFinish(delta.stop_reason),
      ...(stopSequence === "" ? {} : { stopSequence }),
    });
  }
}

function tell(kind: "text" | "reasoning", text: unknown, emit: Emit): void {
  if (typeof text === "string" && text !== "") emit({ kind, choice: 0, text });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function indexOf(value: unknown): number {
  return exactNumber(value) ?? 0;
}
