// deno-lint-ignore-file camelcase -- the names are those of the wire
import type { PacedEvent } from "../answer.ts";
import type { JsonObject } from "../text/json.ts";
import type { Reply } from "../text/reply.ts";
import { tokensOf } from "../text/tokens.ts";

/** One event before it is numbered: its type, its other members, and the tokens it is paced as. */
type Step = readonly [type: string, members: JsonObject, tokens?: number];

/** The events of a streamed `whole` response, in OpenAI's order, numbered without a gap from 0. */
export function* responseEvents(
  whole: JsonObject & { readonly output: readonly JsonObject[]; readonly status: string },
  reply: Reply,
): Generator<PacedEvent> {
  const begun = { ...whole, status: "in_progress", incomplete_details: null, output: [], usage: null };
  const steps: Step[] = [["response.created", { response: begun }], ["response.in_progress", {
    response: begun,
  }]];
  for (const [index, item] of whole.output.entries()) steps.push(...itemSteps(item, index, reply));
  steps.push([`response.${whole.status}`, { response: whole }]);
  for (const [number, [type, members, tokens]] of steps.entries()) {
    const data = JSON.stringify({ type, sequence_number: number, ...members });
    yield { text: `event: ${type}\ndata: ${data}\n\n`, tokens: tokens ?? 0 };
  }
}

function itemSteps(item: JsonObject, index: number, reply: Reply): readonly Step[] {
  const at = { output_index: index };
  const inItem = { item_id: item["id"], ...at };
  const done: Step = ["response.output_item.done", { ...at, item }];
  const added = (
    blank: JsonObject,
  ): Step => ["response.output_item.added", { ...at, item: { ...item, ...blank } }];
  switch (item["type"]) {
    case "reasoning":
      return [
        added({ summary: [] }),
        ...reasoningSteps({ ...inItem, summary_index: 0 }, reply.reasoning),
        done,
      ];
    case "message":
      return [
        added({ status: "in_progress", content: [] }),
        ...textSteps({ ...inItem, content_index: 0 }, reply.content),
        done,
      ];
    default: {
      const isFunction = item["type"] === "function_call";
      const field = isFunction ? "arguments" : "input";
      return [
        added({ status: "in_progress", [field]: "" }),
        ...callSteps(inItem, isFunction ? "function_call_arguments" : "custom_tool_call_input", field, item),
        done,
      ];
    }
  }
}

function reasoningSteps(at: JsonObject, pieces: readonly string[]): readonly Step[] {
  const text = pieces.join("");
  const part = (text: string) => ({ ...at, part: { type: "summary_text", text } });
  return [
    ["response.reasoning_summary_part.added", part("")],
    ...pieces.map((delta): Step => ["response.reasoning_summary_text.delta", { ...at, delta }, 1]),
    ["response.reasoning_summary_text.done", { ...at, text }],
    ["response.reasoning_summary_part.done", part(text)],
  ];
}

function textSteps(at: JsonObject, pieces: readonly string[]): readonly Step[] {
  const text = pieces.join("");
  const part = (text: string) => ({
    ...at,
    part: { type: "output_text", annotations: [], logprobs: [], text },
  });
  return [
    ["response.content_part.added", part("")],
    ...pieces.map((delta): Step => ["response.output_text.delta", { ...at, delta, logprobs: [] }, 1]),
    ["response.output_text.done", { ...at, text, logprobs: [] }],
    ["response.content_part.done", part(text)],
  ];
}

function callSteps(at: JsonObject, event: string, field: string, item: JsonObject): readonly Step[] {
  const input = String(item[field]);
  return [
    ...tokensOf(input).map((delta): Step => [`response.${event}.delta`, { ...at, delta }, 1]),
    [`response.${event}.done`, { ...at, name: item["name"], [field]: input }],
  ];
}
