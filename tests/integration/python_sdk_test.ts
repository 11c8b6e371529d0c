import assert from "node:assert/strict";
import { startGateway } from "../support/start_gateway.ts";
import { type VendorKind, VENDORS } from "../support/vendors/vendors.ts";
import { isReady } from "./translation/matrix/readiness.ts";
import { vendorGateway } from "./translation/matrix/vendor_gateway.ts";

/** A Python that has the official SDKs; set by `.ci/run` where PyPI can be reached. */
const python = Deno.env.get("TIDEGATE_TEST_PYTHON");

const PROGRAM = `
import io, sys
from openai import OpenAI, NotFoundError
client = OpenAI(base_url=sys.argv[1], api_key=sys.argv[2], max_retries=0)
hello = [{"role": "user", "content": "Hello there"}]
tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]

answer = client.chat.completions.create(model="simulated-mini", messages=hello)
assert "Hello there" in answer.choices[0].message.content
print("chat")

text = "".join(chunk.choices[0].delta.content or "" for chunk in
    client.chat.completions.create(model="simulated-mini", messages=hello, stream=True) if chunk.choices)
assert "Hello there" in text
print("stream")

call = client.chat.completions.create(model="simulated-mini", messages=hello, tools=tools).choices[0].message.tool_calls[0]
assert call.function.name == "get_weather"
print("tools")

assert len(client.embeddings.create(model="simulated-embedding", input=["a", "b"]).data) == 2
print("embeddings")

assert "simulated-mini" in [model.id for model in client.models.list()]
print("models")

image = io.BytesIO(b"7" * 300000); image.name = "in.png"
assert client.images.edit(model="simulated-image", image=image, prompt="paint it").data[0].b64_json
print("image edit")

assert client.audio.speech.create(model="simulated-speech", voice="alloy", input="hi", response_format="wav").read()[:4] == b"RIFF"
print("speech")

events = [event.type for event in client.responses.create(model="simulated-mini", input="Hello", stream=True)]
assert events[-1] == "response.completed"
print("responses")

try:
    client.chat.completions.create(model="no-such-model", messages=hello)
    sys.exit("no error")
except NotFoundError as error:
    assert error.code == "model_not_found"
print("errors")
`;

Deno.test({
  name:
    "the openai Python SDK through the gateway: chat, stream, tools, embeddings, models, image edit, speech, responses, errors",
  ignore: python === undefined,
  async fn() {
    await using gateway = await startGateway({
      config: {
        pools: [{
          provider: "simulated",
          upstreams: [{ url: "simulated://one" }],
          models: ["simulated-mini", "simulated-embedding", "simulated-image", "simulated-speech"],
        }],
      },
    });
    assert.deepEqual(await said(PROGRAM, [`${gateway.url}/v1`, gateway.key]), [
      ...["chat", "stream", "tools", "embeddings", "models", "image edit", "speech", "responses", "errors"],
    ]);
  },
});

/** Runs a program and returns the lines it printed. */
async function said(program: string, args: readonly string[]): Promise<string[]> {
  const command = new Deno.Command(python ?? "python3", {
    args: ["-c", program, ...args],
    env: { NO_PROXY: "127.0.0.1" },
  });
  const { code, stdout, stderr } = await command.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n");
}

const ANTHROPIC_PROGRAM = `
import sys
from anthropic import Anthropic, BadRequestError
url, key, model = sys.argv[1:]
client = Anthropic(base_url=url, api_key=key, max_retries=0)
common = {"model": model, "max_tokens": 2048, "system": "You are a tide clerk."}
ask = lambda name: [{"role": "user", "content": "How is the tide? scenario=" + name}]
tools = [{"name": "tide_at", "input_schema": {"type": "object", "properties": {"port": {"type": "string"}}}}]

answer = client.messages.create(messages=ask("plain"), **common)
assert answer.content[0].text.startswith("High water at six"), answer
assert answer.usage.input_tokens == 21, answer.usage
print("chat")

with client.messages.stream(messages=ask("streamed"), **common) as stream:
    pieces = list(stream.text_stream)
assert len(pieces) > 1 and "".join(pieces).startswith("High water at six"), pieces
assert stream.get_final_message().usage.cache_read_input_tokens == 1024
print("stream")

messages = ask("parallel_tools")
with client.messages.stream(messages=messages, tools=tools, **common) as stream:
    answer = stream.get_final_message()
calls = [block for block in answer.content if block.type == "tool_use"]
assert [call.input["port"] for call in calls] == ["Brest", "Saint-Malo \\u2013 \\u00e9"], calls
messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [
    {"type": "tool_result", "tool_use_id": call.id, "content": "high"} for call in calls]}]
answer = client.messages.create(messages=messages, tools=tools, **common)
assert answer.content[0].text == "Results: high, high.", answer
print("tools")

try:
    client.messages.create(messages=ask("error_400"), **common)
    sys.exit("no error")
except BadRequestError as error:
    assert "Invalid tide" in str(error), error
print("errors")
`;

const GEMINI_PROGRAM = `
import sys
from google import genai
from google.genai import errors, types
url, key, model = sys.argv[1:]
client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))
system = {"system_instruction": "You are a tide clerk."}
ask = lambda name: "How is the tide? scenario=" + name
declaration = {"name": "tide_at", "description": "Height of the tide", "parameters_json_schema": {
    "type": "object", "properties": {"port": {"type": "string"}}}}
tools = {**system, "tools": [{"function_declarations": [declaration]}]}

answer = client.models.generate_content(model=model, contents=ask("plain"), config=system)
assert answer.text.startswith("High water at six"), answer
assert answer.usage_metadata.prompt_token_count == 21, answer
print("chat")

chunks = list(client.models.generate_content_stream(model=model, contents=ask("streamed"), config=system))
assert len(chunks) > 1 and "".join(chunk.text or "" for chunk in chunks).startswith("High water at six"), chunks
assert chunks[-1].usage_metadata.cached_content_token_count == 1024, chunks
print("stream")

contents = [types.Content(role="user", parts=[types.Part(text=ask("parallel_tools"))])]
parts = []
for chunk in client.models.generate_content_stream(model=model, contents=contents, config=tools):
    parts += chunk.candidates[0].content.parts or []
calls = [part.function_call for part in parts if part.function_call]
assert [call.args["port"] for call in calls] == ["Brest", "Saint-Malo \\u2013 \\u00e9"], calls
contents += [types.Content(role="model", parts=parts), types.Content(role="user", parts=[types.Part(
    function_response=types.FunctionResponse(id=call.id, name=call.name, response={"result": "high"})) for call in calls])]
answer = client.models.generate_content(model=model, contents=contents, config=tools)
assert answer.text == "Results: high, high.", answer
print("tools")

try:
    client.models.generate_content(model=model, contents=ask("error_400"), config=system)
    sys.exit("no error")
except errors.ClientError as error:
    assert error.code == 400 and "Invalid tide" in str(error), error
print("errors")
`;

for (
  const [name, program, format] of [
    ["anthropic", ANTHROPIC_PROGRAM, "anthropic_messages"],
    ["google-genai", GEMINI_PROGRAM, "gemini_generate"],
  ] as const
) {
  const kind = VENDORS.find((vendor) => vendor.format === format);
  assert(kind !== undefined);
  Deno.test({
    name: `the ${name} Python SDK through the gateway: chat, stream, tools, errors`,
    ignore: python === undefined || !isReady(format, kind),
    fn: () => played(program, kind),
  });
}

async function played(program: string, kind: VendorKind): Promise<void> {
  await using vendor = await kind.start();
  await using gateway = await vendorGateway(kind, vendor);
  assert.deepEqual(await said(program, [gateway.url, gateway.key, kind.model]), [
    ...["chat", "stream", "tools", "errors"],
  ]);
  assert.deepEqual(vendor.refusals.filter((refusal) => !refusal.includes("Invalid tide")), []);
}
