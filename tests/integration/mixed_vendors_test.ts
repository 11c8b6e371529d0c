import assert from "node:assert/strict";
import { DEFAULT_API_VERSION } from "../../src/providers/azure_openai/azure_paths.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";
import { at, startGateway, type TestGateway } from "../support/start_gateway.ts";

async function ask(gateway: TestGateway, model: string, path = "/v1/chat/completions") {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "authorization": `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: `{"model":"${model}","messages":[{"role":"user","content":"Hi"}],"n":1.0}`,
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function mixed(azure: string, openai: string, more: object = {}) {
  return {
    pools: [{
      name: "gpt",
      provider: "openai",
      balance: { strategy: "priority" },
      upstreams: [
        {
          url: azure,
          name: "azure",
          provider: "azure_openai",
          rename: { "gpt-4o": "gpt4o-sweden" },
          keys: [{ key: "an-azure-key-0123456789", priority: 0 }],
        },
        { url: `${openai}/v1`, name: "openai", keys: [{ key: "sk-an-openai-key-0123456789", priority: 1 }] },
      ],
      rename: { "gpt-4o": "gpt-4o-2024-11-20" },
      ...more,
    }],
  };
}

Deno.test("one pool mixes Azure deployments and OpenAI: each is asked in its own way, and stands in for the other", async () => {
  await using azure = await fakeUpstream([FAULTS.ok, errorAnswer(429, { code: "429", message: "Too many" })]);
  await using openai = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: mixed(azure.url, openai.url) });

  const first = await ask(gateway, "gpt-4o");
  assert.deepEqual([first.status, first.headers.get("x-tidegate-model")], [200, "gpt4o-sweden"]);
  const [sent] = azure.deliveries;
  assert.equal(
    sent?.target,
    `/openai/deployments/gpt4o-sweden/chat/completions?api-version=${DEFAULT_API_VERSION}`,
  );
  assert.equal(sent?.headers["api-key"], "an-azure-key-0123456789");
  assert.equal(sent?.headers["authorization"], undefined);
  assert.equal(
    sent?.text,
    '{"model":"gpt4o-sweden","messages":[{"role":"user","content":"Hi"}],"n":1.0}',
    "only the name differs",
  );

  const second = await ask(gateway, "gpt-4o");
  assert.deepEqual([second.status, second.headers.get("x-tidegate-attempts")], [200, "2"]);
  const [other] = openai.deliveries;
  assert.equal(other?.target, "/v1/chat/completions");
  assert.equal(other?.headers["authorization"], "Bearer sk-an-openai-key-0123456789");
  assert.equal(other?.headers["api-key"], undefined);
  assert.match(other?.text ?? "", /^\{"model":"gpt-4o-2024-11-20",/);
  const records = await gateway.records();
  assert.equal(at(records[1], "attempts.0.model"), "gpt4o-sweden");
  assert.equal(at(records[1], "attempts.1.model"), "gpt-4o-2024-11-20");
});

Deno.test("with renameOnly other names are 404, also behind the pool's prefix, and the list is rename's", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: mixed(upstream.url, upstream.url, { renameOnly: true }),
  });
  assert.equal((await ask(gateway, "gpt-4o")).status, 200);
  for (const name of ["gpt-4o-2024-11-20", "gpt/gpt-4o-mini", "gpt4o-sweden"]) {
    assert.equal((await ask(gateway, name)).status, 404, name);
  }
  assert.notEqual((await ask(gateway, "gpt-4o-mini", "/proxy/gpt/v1/chat/completions")).status, 200);
  const list = await fetch(`${gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${gateway.key}` },
  });
  const { data } = await list.json();
  assert.deepEqual(data.map(({ id }: { id: string }) => id), ["gpt-4o"]);
  assert.equal(upstream.deliveries.length, 1, "what is not offered costs no call");
});
