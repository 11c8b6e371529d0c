import assert from "node:assert/strict";
import { AzureOpenAI } from "openai";
import { type FakeUpstream, fakeUpstream } from "../support/fake_upstream.ts";
import { errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";
import { startGateway } from "../support/start_gateway.ts";

const KEY = "the-tenant-key-of-these-tests";

/** One pool whose upstreams are an Azure resource and OpenAI's own API. */
function mixedPool(azure: FakeUpstream, openai: FakeUpstream) {
  return {
    tenants: [{ name: "web", keys: [KEY], paths: ["*"] }],
    pools: [{
      name: "gpt",
      provider: "openai",
      models: ["gpt-4o"],
      affinity: "off",
      upstreams: [
        {
          url: azure.url,
          provider: "azure_openai",
          apiVersion: "2024-10-21",
          keys: ["azure-key-0123456789"],
          rename: { "gpt-4o": "my-gpt4o" },
        },
        { url: `${openai.url}/v1`, keys: ["sk-openai-key-0123456789"] },
      ],
    }],
  };
}

const BODY = '{"messages":[{"role":"user","content":"hi"}],"seed":12345678901234567890}';

async function ask(url: string, path: string, body: string): Promise<Response> {
  return await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "api-key": KEY, "content-type": "application/json" },
    body,
  });
}

Deno.test("Azure and OpenAI endpoints stand in for each other in one pool, each in its own layout", async () => {
  await using azure = await fakeUpstream(FAULTS.ok);
  await using openai = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: mixedPool(azure, openai) });
  const client = new AzureOpenAI({
    ...{ endpoint: gateway.url, apiKey: KEY, apiVersion: "2024-06-01", maxRetries: 0 },
  });
  for (let count = 0; count < 4; count++) {
    const answer = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "hi" }],
    });
    assert.ok(answer.choices[0]?.message.content);
  }
  const [toAzure] = azure.deliveries;
  const [toOpenai] = openai.deliveries;
  assert.equal(azure.deliveries.length + openai.deliveries.length, 4);
  assert.equal(toAzure?.target, "/openai/deployments/my-gpt4o/chat/completions?api-version=2024-06-01");
  assert.equal(toAzure?.headers["api-key"], "azure-key-0123456789");
  assert.equal(toAzure?.headers["authorization"], undefined);
  assert.equal(toOpenai?.target, "/v1/chat/completions");
  assert.equal(toOpenai?.headers["authorization"], "Bearer sk-openai-key-0123456789");
  assert.equal(toOpenai?.headers["api-key"], undefined);
  assert.equal(JSON.parse(toOpenai?.text ?? "").model, "gpt-4o");
});

Deno.test("a request in Azure's layout reaches Azure byte for byte, and OpenAI with its model in the body", async () => {
  await using azure = await fakeUpstream(FAULTS.ok);
  await using openai = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: mixedPool(azure, openai) });
  for (let count = 0; count < 4; count++) {
    await (await ask(gateway.url, "/openai/deployments/gpt-4o/chat/completions", BODY)).body?.cancel();
  }
  assert.equal(azure.deliveries[0]?.text, BODY);
  assert.equal(
    azure.deliveries[0]?.target.split("?")[1],
    "api-version=2024-10-21",
    "its own where none is asked for",
  );
  assert.equal(openai.deliveries[0]?.text, BODY.replace("{", '{"model":"gpt-4o",'));
});

Deno.test("what fails at Azure is answered by OpenAI, whichever layout the client speaks", async () => {
  const missing = errorAnswer(404, {
    code: "DeploymentNotFound",
    message: "The API deployment does not exist.",
  });
  await using azure = await fakeUpstream(missing);
  await using openai = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: mixedPool(azure, openai) });
  const paths = [
    "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    "/v1/chat/completions",
  ];
  for (const path of [...paths, ...paths]) {
    const response = await ask(gateway.url, path, BODY.replace("{", '{"model":"gpt-4o",'));
    assert.equal(response.status, 200, path);
    await response.body?.cancel();
  }
  assert.ok(azure.deliveries.length > 0 && openai.deliveries.length === 4);
});
