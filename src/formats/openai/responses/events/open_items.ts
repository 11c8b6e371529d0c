import type { ChatTool, OpaqueSignature, TokenLogprob } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { type AnsweredCall, type CallForm, callForm, callInput, callItem } from "../answer/call_item.ts";
import { writeTokens } from "../answer/logprobs.ts";
import { reasoningItem } from "../answer/write_answer.ts";
import type { EventLines } from "./event_lines.ts";

/** Where an item stands in the answer. */
export interface ItemPlace {
  readonly id: string;
  readonly index: number;
}

/** A message that is being written: one part after the other, each text or refusal. */
export class OpenMessage {
  readonly #lines: EventLines;
  readonly #place: ItemPlace;
  readonly #content: JsonObject[] = [];
  #part: { readonly type: "output_text" | "refusal"; text: string } | undefined;
  #logprobs: TokenLogprob[] = [];

  constructor(lines: EventLines, place: ItemPlace) {
    this.#lines = lines;
    this.#place = place;
    lines.send("response.output_item.added", { output_index: place.index, item: this.#item("in_progress") });
  }

  add(type: "output_text" | "refusal", delta: string): void {
    if (this.#part?.type !== type) this.#openPart(type);
    if (this.#part !== undefined) this.#part.text += delta;
    this.#lines.send(`response.${type}.delta`, {
      ...this.#at(),
      delta,
      ...(type === "output_text" ? { logprobs: [] } : {}),
    });
  }

  /** Told with the text they belong to when that is whole. */
  addLogprobs(tokens: readonly TokenLogprob[]): void {
    this.#logprobs.push(...tokens);
  }

  close(status: "completed" | "incomplete"): JsonObject {
    this.#closePart();
    const item = this.#item(status);
    this.#lines.send("response.output_item.done", { output_index: this.#place.index, item });
    return item;
  }

  #openPart(type: "output_text" | "refusal"): void {
    this.#closePart();
    this.#part = { type, text: "" };
    this.#lines.send("response.content_part.added", { ...this.#at(), part: partOf(type, "", []) });
  }

  #closePart(): void {
    if (this.#part === undefined) return;
    const { type, text } = this.#part;
    const part = partOf(type, text, type === "output_text" ? this.#logprobs : []);
    const whole = type === "output_text" ? { text, logprobs: part.logprobs } : { refusal: text };
    this.#lines.send(`response.${type}.done`, { ...this.#at(), ...whole });
    this.#lines.send("response.content_part.done", { ...this.#at(), part });
    if (type === "output_text") this.#logprobs = [];
    this.#content.push(part);
    this.#part = undefined;
  }

  #at(): JsonObject {
    const { id, index } = this.#place;
    return { item_id: id, output_index: index, content_index: this.#content.length };
  }

  #item(status: string): JsonObject {
    const content = [...this.#content];
    return { id: this.#place.id, type: "message", status, content, role: "assistant" };
  }
}

function partOf(
  type: "output_text" | "refusal",
  text: string,
  logprobs: readonly TokenLogprob[],
): JsonObject {
  return type === "refusal"
    ? { type, refusal: text }
    : { type, annotations: [], logprobs: writeTokens(logprobs), text };
}

/** A stretch of thought that is being written, told as its summary. */
export class OpenReasoning {
  readonly #lines: EventLines;
  readonly #place: ItemPlace;
  #text = "";

  constructor(lines: EventLines, place: ItemPlace) {
    this.#lines = lines;
    this.#place = place;
    const item = { id: place.id, type: "reasoning", summary: [] };
    lines.send("response.output_item.added", { output_index: place.index, item });
  }

  add(delta: string): void {
    if (this.#text === "" && delta !== "") {
      this.#lines.send("response.reasoning_summary_part.added", { ...this.#at(), part: summaryPart("") });
    }
    this.#text += delta;
    if (delta !== "") this.#lines.send("response.reasoning_summary_text.delta", { ...this.#at(), delta });
  }

  close(signature: OpaqueSignature | undefined): JsonObject {
    const text = this.#text;
    if (text !== "") {
      this.#lines.send("response.reasoning_summary_text.done", { ...this.#at(), text });
      this.#lines.send("response.reasoning_summary_part.done", { ...this.#at(), part: summaryPart(text) });
    }
    const { id, index } = this.#place;
    const item = reasoningItem({ kind: "reasoning", text, signature }, id) ??
      { id, type: "reasoning", summary: [] };
    this.#lines.send("response.output_item.done", { output_index: index, item });
    return item;
  }

  #at(): JsonObject {
    return { item_id: this.#place.id, output_index: this.#place.index, summary_index: 0 };
  }
}

function summaryPart(text: string): JsonObject {
  return { type: "summary_text", text };
}

/** A tool call that is being written. Several may be open at once. */
export class OpenCall {
  readonly #lines: EventLines;
  readonly #place: ItemPlace;
  readonly #call: AnsweredCall;
  readonly #tools: readonly ChatTool[];
  readonly #form: CallForm;
  #written = "";

  constructor(lines: EventLines, place: ItemPlace, call: AnsweredCall, tools: readonly ChatTool[]) {
    this.#lines = lines;
    this.#place = place;
    this.#call = call;
    this.#tools = tools;
    this.#form = callForm(call, tools);
    lines.send("response.output_item.added", {
      output_index: place.index,
      item: this.#item("in_progress", ""),
    });
  }

  add(delta: string): void {
    this.#written += delta;
    if (delta !== "") this.#sendDelta(delta);
  }

  close(): JsonObject {
    const input = callInput(this.#written, this.#form);
    if (this.#written === "" && input !== "") this.#sendDelta(input);
    this.#lines.send(`${this.#event()}.done`, {
      ...this.#at(),
      ...(this.#form.type === "function_call" ? { name: this.#item("", "").name } : {}),
      [this.#form.member]: input,
    });
    const item = this.#item("completed", input);
    this.#lines.send("response.output_item.done", { output_index: this.#place.index, item });
    return item;
  }

  #sendDelta(delta: string): void {
    this.#lines.send(`${this.#event()}.delta`, { ...this.#at(), delta });
  }

  #event(): string {
    return this.#form.type === "function_call"
      ? "response.function_call_arguments"
      : "response.custom_tool_call_input";
  }

  #at(): JsonObject {
    return { item_id: this.#place.id, output_index: this.#place.index };
  }

  #item(status: string, input: string): JsonObject {
    return callItem(this.#call, this.#tools, { id: this.#place.id, status, input });
  }
}
