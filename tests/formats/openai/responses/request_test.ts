import assert from "node:assert/strict";
import { isJsonObject, type JsonObject } from "../../../../src/core/bytes/exact_json.ts";
import { responsesSide } from "../../../../src/formats/openai/responses/responses_side.ts";
import {
  fixtureNames,
  jsonFixture,
  plain,
  readRequest,
  writeContext,
} from "../../../support/translation/responses.ts";

/** All in which a request that was read and written again may differ: what differs, and how it comes back. */
const DIFFERENCES: readonly (readonly [why: string, (body: JsonObject) => void])[] = [
  ["null is the same as nothing", (body) => {
    for (const [name, value] of Object.entries(body)) if (value === null) delete body[name];
  }],
  ["what asks for the vendor's default is left out", (body) => {
    if (body.background === false) delete body.background;
    if (body.truncation === "disabled") delete body.truncation;
    if (JSON.stringify(body.text) === '{"format":{"type":"text"}}') delete body.text;
  }],
  ["nothing is stored unless that is asked for", (body) => {
    body.store = body.store === true;
  }],
  ["a string as input is one message of the user", (body) => {
    if (typeof body.input === "string") body.input = [{ role: "user", content: body.input }];
  }],
  ["a message says its type and has a list of parts", (body) => {
    for (const item of itemsOf(body)) {
      if (item.role === undefined) continue;
      item.type = "message";
      const type = item.role === "assistant" ? "output_text" : "input_text";
      if (typeof item.content === "string") item.content = [{ type, text: item.content }];
      for (const part of partsOf(item)) if (part.type === "output_text") part.annotations ??= [];
    }
  }],
  ["system and developer are one role", (body) => {
    for (const item of itemsOf(body)) if (item.role === "system") item.role = "developer";
  }],
  ["the first leading text is the instructions, unless it is marked for the cache", (body) => {
    const [first] = itemsOf(body);
    if (first?.role !== "developer" || body.instructions !== undefined) return;
    const [text, ...more] = partsOf(first);
    if (text === undefined || text.prompt_cache_breakpoint !== undefined) return;
    body.instructions = text.text;
    first.content = more;
    if (more.length === 0) body.input = itemsOf(body).slice(1);
  }],
  [
    "ids and states of items are left out; reasoning keeps its id, and has no content beside its summary",
    (body) => {
      for (const item of itemsOf(body)) {
        if (item.type !== "reasoning" && item.type !== "item_reference") delete item.id;
        delete item.status;
        if (item.type === "reasoning") delete item.content;
      }
    },
  ],
  ["several summaries are one", (body) => {
    for (const item of itemsOf(body)) {
      if (!Array.isArray(item.summary) || item.summary.length < 2) continue;
      item.summary = [{ type: "summary_text", text: item.summary.map((part) => part.text).join("\n\n") }];
    }
  }],
  ["bare base64 becomes a data URI of the type that the name tells", (body) => {
    for (const part of itemsOf(body).flatMap(partsOf)) {
      if (part.file_data === "IyBUaWRl\ncwo=") part.file_data = "data:text/markdown;base64,IyBUaWRlcwo=";
    }
  }],
  ["a function without a word on strictness is not strict", (body) => {
    const tools = Array.isArray(body.tools) ? body.tools : [];
    for (const tool of tools) if (tool.type === "function") tool.strict ??= false;
  }],
];

function itemsOf(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body.input) ? body.input.filter(isJsonObject) : [];
}

function partsOf(item: JsonObject): readonly JsonObject[] {
  return Array.isArray(item.content) ? item.content.filter(isJsonObject) : [];
}

function expected(body: JsonObject): JsonObject {
  const copy = plain(body);
  for (const [, apply] of DIFFERENCES) apply(copy);
  return copy;
}

for (const name of fixtureNames("")) {
  Deno.test(`round trip of a request: ${name}`, () => {
    const body = jsonFixture(name);
    const context = writeContext(String(body.model));
    const written = responsesSide.writeRequest(readRequest(body), context);
    assert.deepEqual(plain(written.body), expected(body));
    assert.deepEqual([written.path, written.query], ["/v1/responses", ""]);
    assert.deepEqual(context.dropped, []);
    const again = responsesSide.writeRequest(readRequest(written.body), context);
    assert.deepEqual(plain(again.body), plain(written.body), "a second round changes nothing more");
  });
}

Deno.test("there is a corpus to go round with", () => assert.ok(fixtureNames("").length >= 18));

Deno.test("numbers in schemas and arguments keep their spelling", () => {
  const { body } = responsesSide.writeRequest(readRequest(jsonFixture("parallel_calls")), writeContext());
  const text = JSON.stringify(body);
  assert.ok(text.includes('"maximum":12345678901234567890'), text);
  assert.ok(text.includes('\\"day\\":1.0'), text);
});
