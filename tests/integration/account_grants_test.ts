import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { answer } from "../support/fake_upstream_script.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { startGateway, type TestGateway } from "../support/start_gateway.ts";

const PLAIN = "tenant-plain-key-000000001";
const FIRST = "tenant-first-key-000000001";
const SECOND = "tenant-second-key-00000001";
const OWNER = "tenant-owner-key-000000001";

const TENANTS = [
  { name: "plain", keys: [PLAIN] },
  { name: "first", keys: [FIRST], paths: ["inference", "account"] },
  { name: "second", keys: [SECOND], paths: ["inference", "account"] },
  { name: "owner", keys: [OWNER], paths: ["*"] },
];

/** A gateway before two simulated accounts; files are kept apart by account. */
function accounts(): Promise<TestGateway> {
  return startGateway({
    config: {
      tenants: TENANTS,
      pools: [{
        provider: "simulated",
        upstreams: [{ url: "simulated://one" }],
        keys: ["sk-account-one-0000000", "sk-account-two-0000000"],
        models: ["simulated-mini"],
      }],
    },
  });
}

const clientOf = (gateway: TestGateway, key: string) =>
  new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

const upload = async (client: OpenAI, text: string) =>
  (await client.files.create({
    file: await toFile(new TextEncoder().encode(text), "a.jsonl"),
    purpose: "batch",
  })).id;

Deno.test("a tenant without grants gets 403 for every account path, and nothing is sent upstream", async () => {
  await using upstream = await fakeUpstream(answer('{"object":"list","data":[]}'));
  await using gateway = await startGateway({
    config: {
      tenants: TENANTS,
      pools: [{
        provider: "openai_compatible",
        upstreams: [{ url: upstream.url }],
        keys: ["sk-upstream-key-0000"],
        models: ["m"],
      }],
    },
  });
  const refused: [string, string][] = [
    ["GET", "/v1/files"],
    ["POST", "/v1/files"],
    ["GET", "/v1/files/file-1/content"],
    ["POST", "/v1/batches"],
    ["GET", "/v1/batches/batch_1"],
    ["GET", "/v1/responses/resp_1"],
    ["DELETE", "/v1/responses/resp_1"],
    ["GET", "/v1/chat/completions"],
    ["GET", "/v1/vector_stores"],
    ["POST", "/v1/fine_tuning/jobs"],
    ["GET", "/v1/organization/costs"],
    ["POST", "/v1/assistants"],
    ["GET", "/v1/something/unheard/of"],
    ["GET", "/proxy/openai_compatible/v1/files"],
    ["POST", "/proxy/openai_compatible/v1/chat/completions"],
  ];
  for (const [method, path] of refused) {
    const response = await fetch(gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${PLAIN}` },
      body: method === "POST" ? '{"model":"m"}' : null,
    });
    const { error } = await response.json();
    assert.deepEqual([response.status, error.code], [403, "path_not_allowed"], `${method} ${path}`);
  }
  assert.equal(upstream.deliveries.length, 0);
});

Deno.test("a file is reached by the tenant that made it, in the account that has it, however keys rotate", async () => {
  await using gateway = await accounts();
  const first = clientOf(gateway, FIRST);
  const ids = await Promise.all(["a", "b", "c"].map((text) => upload(first, text)));
  for (const id of [...ids, ...ids]) assert.equal((await first.files.retrieve(id)).id, id);
  assert.equal(await (await first.files.content(ids[0] ?? "")).text(), "a");
});

Deno.test("another tenant's file is 404, its list empty, its deletion refused", async () => {
  await using gateway = await accounts();
  const first = clientOf(gateway, FIRST);
  const second = clientOf(gateway, SECOND);
  const id = await upload(first, "secret");
  const notFound = (error: Error) =>
    error instanceof OpenAI.NotFoundError && error.code === "object_not_found";
  await assert.rejects(second.files.retrieve(id), notFound);
  await assert.rejects(second.files.content(id), notFound);
  await assert.rejects(second.files.delete(id), notFound);
  await assert.rejects(
    second.batches.create({
      input_file_id: id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    }),
    notFound,
  );
  assert.deepEqual((await second.files.list()).data, []);
  assert.deepEqual((await first.files.list()).data.map((file) => file.id), [id]);
  await assert.rejects(clientOf(gateway, OWNER).files.retrieve(id), notFound);
});

Deno.test("a reference to another tenant's file is refused wherever it hides in an inference body", async () => {
  await using gateway = await accounts();
  const id = await upload(clientOf(gateway, FIRST), "secret");
  const part = (name: string) => `[{"role":"user","content":[{"type":"file","file":{${name}:"${id}"}}]}]`;
  const bodies = [
    ["/v1/chat/completions", `{"model":"simulated-mini","messages":${part('"file_id"')}}`],
    ["/v1/chat/completions", `{"model":"simulated-mini","messages":${part('"\\u0066ile_id"')}}`],
    ["/v1/responses", `{"model":"simulated-mini","input":${part('"file_id"')}}`],
    ["/v1/responses", `{"model":"simulated-mini","input":"x","previous_response_id":"resp_of_somebody"}`],
  ];
  for (const [path, body] of bodies) {
    const response = await fetch(gateway.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${SECOND}`, "content-type": "application/json" },
      body: body ?? "",
    });
    assert.deepEqual(
      [response.status, (await response.json()).error.code],
      [404, "object_not_found"],
      String(body),
    );
  }
});

Deno.test("a response's id is pinned, streamed or not, so that the next turn finds the account that has it", async () => {
  const seen: string[] = [];
  await using upstream = await fakeUpstream((delivery) => {
    seen.push(delivery.headers["authorization"] ?? "");
    return answer(
      JSON.stringify({ id: `resp_${seen.length}`, object: "response", status: "completed", output: [] }),
    );
  });
  await using gateway = await startGateway({
    config: {
      tenants: TENANTS,
      pools: [{
        provider: "openai_compatible",
        upstreams: [{ url: upstream.url }],
        keys: ["sk-account-one-0000000", "sk-account-two-0000000", "sk-account-three-00000"],
        models: ["m"],
      }],
    },
  });
  const client = clientOf(gateway, PLAIN);
  const { id } = await client.responses.create({ model: "m", input: "x" });
  for (let turn = 0; turn < 5; turn++) {
    await client.responses.create({ model: "m", input: "y", previous_response_id: id });
  }
  assert.deepEqual(new Set(seen), new Set([seen[0]]));
});

Deno.test("pins outlive a restart", async () => {
  const directory = await Deno.makeTempDir();
  const config = {
    tenants: TENANTS,
    pools: [{
      provider: "openai_compatible",
      upstreams: [{ url: "" }],
      keys: ["sk-one-00000000", "sk-two-00000000"],
      models: ["m"],
    }],
  };
  await using upstream = await fakeUpstream((delivery) =>
    answer(delivery.method === "POST" ? '{"id":"file-77","object":"file"}' : '{"id":"file-77"}')
  );
  const [pool] = config.pools;
  assert.ok(pool);
  pool.upstreams = [{ url: upstream.url }];
  let made: string;
  {
    await using gateway = await startGateway({ config, dataDir: directory });
    made = await upload(clientOf(gateway, FIRST), "x");
  }
  await using gateway = await startGateway({ config, dataDir: directory });
  assert.equal((await clientOf(gateway, FIRST).files.retrieve(made)).id, made);
  await assert.rejects(clientOf(gateway, SECOND).files.retrieve(made), OpenAI.NotFoundError);
  const accounts = upstream.deliveries.map((delivery) => delivery.headers["authorization"]);
  assert.deepEqual(accounts, [accounts[0], accounts[0]]);
  await gateway[Symbol.asyncDispose]();
  await Deno.remove(directory, { recursive: true });
});
