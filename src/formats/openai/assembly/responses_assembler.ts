import type { AssembledAnswer } from "../../../core/answer.ts";
import { scanTopLevel } from "../../../core/bytes/json_span.ts";
import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { foreignObject } from "./merge_delta.ts";
import type { Steps } from "../../../core/time/steps.ts";
import { readEvents } from "../../events/read_events.ts";
import { answerFacts, responseFinish } from "../usage.ts";

/** Where a growing text stands in its item: in a part of a list, or in a member of the item itself. */
type TextPlace =
  | { readonly list: "content" | "summary"; readonly type: string; readonly member: string }
  | { readonly member: string };

/** The texts that come in `.delta` events and again whole in `.done`. */
const TEXTS: Readonly<Record<string, TextPlace>> = {
  "response.output_text": { list: "content", type: "output_text", member: "text" },
  "response.refusal": { list: "content", type: "refusal", member: "refusal" },
  "response.reasoning_text": { list: "content", type: "reasoning_text", member: "text" },
  "response.reasoning_summary_text": { list: "summary", type: "summary_text", member: "text" },
  "response.function_call_arguments": { member: "arguments" },
  "response.mcp_call_arguments": { member: "arguments" },
  "response.custom_tool_call_input": { member: "input" },
  "response.code_interpreter_call_code": { member: "code" },
};

const LAST_EVENTS = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** Most output items and parts of an item that are put together; a hostile index must not make a giant list. */
const MAX_ITEMS = 10_000;

/**
 * Puts a stream of the Responses format together: the response that the last event carries, in its own bytes, or
 * as much of it as the events before a cut tell.
 */
export function* assembleResponse(stream: Uint8Array): Steps<AssembledAnswer> {
  const response = new GrowingResponse();
  yield* readEvents(stream, (event, name, data) => response.add(event, name, data));
  return response.whole();
}

class GrowingResponse {
  /** The latest whole response told, before its output is known. */
  #base: JsonObject = foreignObject();
  #final: { readonly response: JsonObject; readonly text: string } | undefined;
  #error: unknown;
  readonly #items = new Map<number, JsonObject>();

  add(event: JsonObject, name: string, data: Uint8Array): void {
    const type = typeof event.type === "string" ? event.type : name;
    if (isJsonObject(event.response)) {
      this.#base = event.response;
      if (LAST_EVENTS.has(type)) {
        this.#final = { response: event.response, text: responseText(data, event.response) };
      }
    }
    if (event.error !== undefined && event.error !== null) this.#error = event.error;
    else if (type === "error") this.#error = { code: event.code ?? null, message: event.message ?? null };
    if (type === "response.output_item.added" || type === "response.output_item.done") this.#setItem(event);
    else this.#addText(type, event);
  }

  #setItem(event: JsonObject): void {
    if (!isJsonObject(event.item)) return;
    const index = indexOf(event.output_index) ?? this.#items.size;
    if (index < MAX_ITEMS) this.#items.set(index, event.item);
  }

  #addText(type: string, event: JsonObject): void {
    const isDelta = type.endsWith(".delta");
    if (!isDelta && !type.endsWith(".done")) return;
    const place = TEXTS[type.slice(0, type.lastIndexOf("."))];
    if (place === undefined) return;
    const item = this.#items.get(indexOf(event.output_index) ?? this.#items.size - 1);
    const holder = item && ("list" in place ? partOf(item, place, event) : item);
    const text = isDelta ? event.delta : event[place.member];
    if (holder === undefined || typeof text !== "string") return;
    const old = holder[place.member];
    holder[place.member] = isDelta && typeof old === "string" ? old + text : text;
  }

  whole(): AssembledAnswer {
    const output = [...this.#items.entries()].sort(([a], [b]) => a - b).map(([, item]) => item);
    const final = this.#final;
    // Some servers leave the last event's output empty although the items went by.
    const isTold = final !== undefined && (isFilled(final.response.output) || output.length === 0);
    const { response, text } = isTold ? final : this.#rebuilt(output);
    const { usage, model, service_tier: tier } = response;
    return { body: text, ...answerFacts(usage, model, responseFinish(response), tier) };
  }

  #rebuilt(output: readonly JsonObject[]): { response: JsonObject; text: string } {
    const error = this.#error === undefined ? {} : { error: this.#error };
    const response = { object: "response", ...this.#base, output, ...error };
    return { response, text: JSON.stringify(response) };
  }
}

/** The part of an item's list that an event speaks of; made when it was not announced. */
function partOf(
  item: JsonObject,
  place: { readonly list: "content" | "summary"; readonly type: string },
  event: JsonObject,
): JsonObject | undefined {
  const known = item[place.list];
  const parts: unknown[] = Array.isArray(known) ? known : [];
  item[place.list] = parts;
  const told = place.list === "content" ? event.content_index : event.summary_index;
  const index = indexOf(told) ?? Math.max(0, parts.length - 1);
  if (index > parts.length) return undefined;
  if (index === parts.length) parts.push(Object.assign(foreignObject(), { type: place.type }));
  const part = parts[index];
  return isJsonObject(part) ? part : undefined;
}

function indexOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isFilled(output: unknown): boolean {
  return Array.isArray(output) && output.length > 0;
}

const decoder = new TextDecoder();

/** The response inside an event, as it was written; written anew where the scan refuses the event. */
function responseText(data: Uint8Array, response: JsonObject): string {
  try {
    const span = scanTopLevel(data, ["response"]).members.get("response");
    if (span !== undefined) return decoder.decode(data.subarray(span.start, span.end));
  } catch {
    // Two members of the name, or broken UTF-8: what was parsed is what a client would have seen.
  }
  return JSON.stringify(response);
}
