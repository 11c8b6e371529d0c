import assert from "node:assert/strict";
import type { ChatRequest } from "../../../../../src/core/chat.ts";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { BARE, writeRequest } from "../../../../support/anthropic_chat.ts";

const OLD = "claude-sonnet-4-0";
const NEW = "claude-opus-5-5";

function refused(request: Partial<ChatRequest>, field: string, model = OLD): void {
  assert.throws(() => writeRequest(request, model), (error) => {
    assert.ok(error instanceof GatewayError && error.code === "not_translatable", String(error));
    assert.equal(error.detail.param, field);
    return true;
  });
}

Deno.test("tokens are always bounded: by the client, the upstream, else by what the model can", () => {
  const bound = (...args: Parameters<typeof writeRequest>) => writeRequest(...args).body.max_tokens;
  assert.equal(bound({ maxTokens: 5 }, OLD, { defaultMaxTokens: 7 }), 5);
  assert.equal(bound({}, OLD, { defaultMaxTokens: 7 }), 7);
  assert.equal(bound({}, OLD), 64_000);
  assert.equal(bound({}, "claude-3-haiku-20240307"), 4096);
  assert.equal(bound({}, "unknown"), 8192);
});

Deno.test("sampling fits the model: clamped, one of two, or left out and told", () => {
  const sampling = { temperature: 1.5, topP: 0.9, topK: 5 };
  const sampled = (model: string, request: Partial<ChatRequest> = sampling) => {
    const { body, dropped } = writeRequest(request, model);
    return [body.temperature, body.top_p, body.top_k, dropped];
  };
  assert.deepEqual(sampled(OLD), [1, 0.9, 5, ["temperature: above 1"]]);
  assert.deepEqual(sampled("claude-sonnet-4-5"), [1, undefined, 5, ["temperature: above 1", "topP"]]);
  assert.deepEqual(sampled("claude-sonnet-4-5", { topP: 0.9 }), [undefined, 0.9, undefined, []]);
  assert.deepEqual(sampled(NEW), [undefined, undefined, undefined, ["temperature", "topP", "topK"]]);
  const thinking = { ...sampling, reasoning: { effort: "low" } } as const;
  assert.deepEqual(sampled(OLD, thinking), [undefined, undefined, undefined, [
    "temperature",
    "topP",
    "topK",
  ]]);
  assert.deepEqual(sampled(OLD, { reasoning: { effort: "low" }, temperature: 1, topP: 0.97 }), [
    1,
    0.97,
    undefined,
    [],
  ]);
});

Deno.test("what Anthropic has no word for is dropped by name", () => {
  const { body, dropped } = writeRequest({
    seed: 1,
    presencePenalty: 0.5,
    frequencyPenalty: 0.5,
    candidates: 1,
    tier: "flex",
    stop: ["END", " \n"],
    openai: { store: true, metadata: { a: "b" }, ["prompt_cache_key"]: "k" },
    user: "u1",
  });
  assert.deepEqual(dropped, [
    "seed",
    "presencePenalty",
    "frequencyPenalty",
    "openai: metadata",
    "openai: prompt_cache_key",
    "stop",
    "tier: flex",
  ]);
  assert.deepEqual([body.stop_sequences, body.metadata], [["END"], { ["user_id"]: "u1" }]);
  assert.equal(writeRequest({ tier: "default" }).body.service_tier, "standard_only");
  assert.equal(writeRequest({ tier: "auto" }).body.service_tier, "auto");
});

Deno.test("what would change the answer is refused by name", () => {
  refused({ candidates: 2 }, "candidates");
  refused({ logprobs: {} }, "logprobs");
  const media = (part: ChatRequest["turns"][0]["parts"][0]) =>
    ({ turns: [{ role: "user", parts: [part] }] }) as const;
  const base64 = (mediaType: string) => ({ from: "base64", mediaType, data: "AAAA" }) as const;
  refused(media({ kind: "audio", source: base64("audio/wav") }), "input_audio");
  refused(media({ kind: "image", source: base64("image/bmp") }), "image");
  refused(media({ kind: "image", source: { from: "id", id: "file-1", format: "openai_chat" } }), "image");
  refused(media({ kind: "file", source: base64("application/zip") }), "file");
  const prefill = {
    turns: [...BARE.turns, { role: "assistant", parts: [{ kind: "text", text: "a" }] }],
  } as const;
  refused(prefill, "messages", NEW);
  writeRequest(prefill, OLD);
});

Deno.test("an output shape is bound where the model can be, else asked for in words", () => {
  const schema = { type: "object", properties: { at: { type: "string" } } };
  const output = { kind: "schema", name: "tide", schema, strict: true } as const;
  const bound = writeRequest({ output }, NEW);
  assert.deepEqual(bound.body.output_config, { format: { type: "json_schema", schema } });
  assert.deepEqual(bound.dropped, []);
  const asked = writeRequest({ output, system: [{ kind: "text", text: "Be brief." }] }, OLD);
  assert.equal(asked.body.output_config, undefined);
  assert.ok(JSON.stringify(asked.body.system).includes("JSON Schema"));
  assert.deepEqual(asked.dropped, ["output"]);
  const json = writeRequest({ output: { kind: "json" } }, NEW);
  assert.match(String(json.body.system), /one JSON object/);
  assert.deepEqual(json.dropped, ["output"]);
});

Deno.test("of many cache marks the last four stay", () => {
  const parts = [1, 2, 3, 4].map((n) => ({ kind: "text", text: `${n}`, cache: {} }) as const);
  const { body, dropped } = writeRequest({
    system: [{ kind: "text", text: "s", cache: { ttl: "1h" } }],
    tools: [{ kind: "function", name: "f", cache: { ttl: "30m" } }],
    turns: [{ role: "user", parts }],
  });
  assert.equal(JSON.stringify(body).split("cache_control").length - 1, 4);
  assert.ok(!JSON.stringify([body.tools, body.system]).includes("cache_control"));
  assert.deepEqual(dropped.toSorted(), ["cache", "cache", "cache: 30m"]);
});

Deno.test("the shape of tools: an object's schema, names and ids the vendor takes", () => {
  const call = { kind: "tool_call", id: "functions.a:0", name: "files.read", arguments: "" } as const;
  const patch = { kind: "tool_call", id: "c2", name: "patch", arguments: '{"input":"*** Begin"}' } as const;
  const raw = { kind: "tool_call", id: "c3", name: "patch", arguments: '{"cut":' } as const;
  const results = [call, patch, raw].map(({ id }) =>
    ({ kind: "tool_result", callId: id, parts: [], isError: id === "c2" }) as const
  );
  const { body, dropped } = writeRequest({
    tools: [
      { kind: "function", name: "files.read", strict: true },
      { kind: "function", name: "patch", parameters: { properties: {} } },
      { kind: "native", name: "web_search", native: { format: "openai_responses", members: {} } },
    ],
    turns: [...BARE.turns, { role: "assistant", parts: [call, patch, raw] }, {
      role: "user",
      parts: results,
    }],
    toolChoice: { mode: "required", only: ["files.read"] },
    parallelTools: false,
  }, OLD);
  const [tool, patched, ...others] = body.tools as Record<string, unknown>[];
  assert.match(String(tool?.name), /^files_read_[0-9a-f]{8}$/);
  assert.deepEqual(tool?.input_schema, { type: "object", properties: {} });
  assert.deepEqual(patched?.input_schema, { type: "object", properties: {} });
  assert.deepEqual(others, []);
  assert.deepEqual(body.tool_choice, { type: "tool", name: tool?.name, ["disable_parallel_tool_use"]: true });
  const [, calls, answers] = body.messages as { content: Record<string, unknown>[] }[];
  assert.deepEqual(calls?.content.map(({ input }) => input), [{}, { input: "*** Begin" }, {
    _raw: '{"cut":',
  }]);
  assert.deepEqual(calls?.content.map(({ id }) => id), answers?.content.map((result) => result.tool_use_id));
  assert.match(String(calls?.content[0]?.id), /^[A-Za-z0-9_-]+$/);
  assert.deepEqual(answers?.content.map((result) => result.is_error), [undefined, true, undefined]);
  assert.deepEqual(dropped, ["toolStrict: files.read"]);
});

Deno.test("several allowed tools are forced by telling of no others", () => {
  const tools = ["a", "b", "c"].map((name) => ({ kind: "function", name }) as const);
  const named = (toolChoice: ChatRequest["toolChoice"]) => {
    const { body } = writeRequest({ tools, toolChoice });
    return [(body.tools as { name: string }[]).map(({ name }) => name).join(""), body.tool_choice];
  };
  assert.deepEqual(named({ mode: "required", only: ["a", "c"] }), ["ac", { type: "any" }]);
  assert.deepEqual(named({ mode: "auto", only: ["b"] }), ["b", { type: "auto" }]);
  assert.deepEqual(named({ mode: "required" }), ["abc", { type: "any" }]);
  assert.deepEqual(named({ mode: "none" }), ["abc", { type: "none" }]);
  assert.equal(writeRequest({ toolChoice: { mode: "auto" } }).body.tool_choice, undefined);
});

Deno.test("media goes in the vendor's shapes", () => {
  const text = btoa("06:12 high");
  const { body, dropped } = writeRequest({
    turns: [{
      role: "user",
      parts: [
        { kind: "image", source: { from: "base64", mediaType: "image/webp", data: "AAAA" }, detail: "low" },
        { kind: "image", source: { from: "url", url: "https://tides.example/a.png" }, detail: "auto" },
        {
          kind: "file",
          source: { from: "base64", mediaType: "application/pdf", data: "JVBE" },
          name: "t.pdf",
        },
        { kind: "file", source: { from: "base64", mediaType: "text/csv", data: text } },
      ],
    }],
  });
  assert.deepEqual((body.messages as { content: unknown }[])[0]?.content, [
    { type: "image", source: { type: "base64", ["media_type"]: "image/webp", data: "AAAA" } },
    { type: "image", source: { type: "url", url: "https://tides.example/a.png" } },
    {
      type: "document",
      source: { type: "base64", ["media_type"]: "application/pdf", data: "JVBE" },
      title: "t.pdf",
    },
    { type: "document", source: { type: "text", ["media_type"]: "text/plain", data: "06:12 high" } },
  ]);
  assert.deepEqual(dropped, ["detail"]);
});
