import assert from "node:assert/strict";
import { startGateway } from "../support/start_gateway.ts";

/** A Python that has the `openai` package; set by `.ci/run` where PyPI can be reached. */
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
    const command = new Deno.Command(python ?? "python3", {
      args: ["-c", PROGRAM, `${gateway.url}/v1`, gateway.key],
      env: { NO_PROXY: "127.0.0.1" },
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      ...["chat", "stream", "tools", "embeddings", "models", "image edit", "speech", "responses", "errors"],
    ]);
  },
});
