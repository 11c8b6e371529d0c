import assert from "node:assert/strict";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { answer, errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";
import { readyz } from "../support/readyz.ts";
import { startGateway, type TestGateway } from "../support/start_gateway.ts";
import { until } from "../support/until.ts";

const UPSTREAM_KEY = "sk-CANARY-of-the-upstream-0123";

const config = (url: string) => ({
  pools: [{
    name: "p",
    provider: "openai_compatible",
    upstreams: [`${url}/v1`],
    keys: [UPSTREAM_KEY],
    models: { discover: true, exclude: ["*-preview"] },
  }],
});

async function listed(gateway: TestGateway) {
  const got = await fetch(`${gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${gateway.key}` },
  });
  const { data } = await got.json();
  return data as Record<string, unknown>[]; // as: our own list, looked at by the assertions
}

const LIST = {
  object: "list",
  data: [{ id: "llama-3", "context_window": 131072, "max_completion_tokens": 32768 }, { id: "x-preview" }],
};

Deno.test("models are discovered after the start, offered with their windows, and kept over a restart", async () => {
  const directory = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    const hold = Promise.withResolvers<void>();
    await using upstream = await fakeUpstream((delivery) =>
      delivery.target === "/v1/models"
        ? { steps: [{ do: "wait", until: hold.promise }, ...answer(JSON.stringify(LIST)).steps] }
        : FAULTS.ok
    );
    {
      await using gateway = await startGateway({ config: config(upstream.url), dataDir: directory });
      assert.deepEqual((await readyz(gateway.url)).undiscovered, ["p"], "the start waits for no list");
      assert.deepEqual(await listed(gateway), []);
      hold.resolve();
      await until(async () => (await listed(gateway)).length === 1, "the list is there");
      const [model] = await listed(gateway);
      assert.deepEqual(
        [model?.["id"], model?.["context_window"], model?.["max_output_tokens"]],
        ["llama-3", 131072, 32768],
      );
      assert.equal((await readyz(gateway.url)).undiscovered, undefined);
      const chat = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "authorization": `Bearer ${gateway.key}`, "content-type": "application/json" },
        body: '{"model":"llama-3","messages":[]}',
      });
      assert.equal(chat.status, 200);
      await chat.body?.cancel();
      assert.doesNotMatch(gateway.logText(), /CANARY/);
    }
    upstream.script = errorAnswer(401, {
      code: "invalid_api_key",
      message: `Incorrect API key: ${UPSTREAM_KEY}`,
    });
    await using again = await startGateway({ config: config(upstream.url), dataDir: directory });
    assert.deepEqual((await listed(again)).map(({ id }) => id), ["llama-3"], "the last list");
    await until(() => /could not be asked for; the last list stays/.test(again.logText()), "it is told");
    assert.doesNotMatch(again.logText(), /CANARY/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
