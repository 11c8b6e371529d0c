import assert from "node:assert/strict";
import { Secret } from "../../../src/core/secret.ts";
import { anthropic } from "../../../src/providers/anthropic.ts";
import { azureOpenai } from "../../../src/providers/azure_openai/provider.ts";
import { gemini } from "../../../src/providers/gemini.ts";
import { openai } from "../../../src/providers/openai.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { fetchModels, PAGE_TIMEOUT_MS } from "../../../src/upstream/discovery/fetch_models.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { type CannedAnswer, CannedCalls } from "../../support/canned_calls.ts";

function setup(provider: Provider, answers: readonly CannedAnswer[], url = "https://host") {
  const runtime = fakeRuntime();
  const caller = new CannedCalls(answers);
  const key = new Secret("sk-0123456789");
  const answer = fetchModels({ caller, runtime, provider, upstream: { url }, key, rules: [] });
  return { runtime, caller, answer };
}

Deno.test("all pages are asked for, each with the vendor's credential, and joined", async () => {
  const { caller, answer } = setup(gemini, [
    {
      body: {
        models: [{ name: "models/a", inputTokenLimit: 5 }, { name: "models/b" }],
        nextPageToken: "t/2",
      },
    },
    { body: { models: [{ name: "models/b" }, { name: "models/c" }] } },
  ]);
  assert.deepEqual(await answer, { models: [{ id: "a", contextWindow: 5 }, { id: "b" }, { id: "c" }] });
  assert.deepEqual(caller.requests.map(({ url, headers }) => [url, headers["x-goog-api-key"]]), [
    ["https://host/v1beta/models?pageSize=1000", "sk-0123456789"],
    ["https://host/v1beta/models?pageSize=1000&pageToken=t%2F2", "sk-0123456789"],
  ]);
});

Deno.test("an upstream that tells the same next page for ever is left after some", async () => {
  const { caller, answer } = setup(anthropic, [{
    body: { data: [{ id: "m" }], "has_more": true, "last_id": "m" },
  }]);
  assert.deepEqual(await answer, { models: [{ id: "m" }] });
  assert.equal(caller.requests.length, 20);
});

Deno.test("refusals are classified by the vendor's own table", async () => {
  const { answer } = setup(gemini, [{
    status: 400,
    body: { error: { code: 400, status: "INVALID_ARGUMENT", details: [{ reason: "API_KEY_INVALID" }] } },
  }]);
  const refused = await answer;
  assert.ok("outcome" in refused);
  assert.equal(refused.outcome.class, "key_invalid");
});

Deno.test("what is no list is broken: no JSON, a page, nothing in it, too much of it", async () => {
  for (const body of ["{", "<html>sign in</html>", { data: [] }, "[]", "x".repeat(17 * 1024 * 1024)]) {
    const got = await setup(openai, [{ body }]).answer;
    assert.ok("outcome" in got && got.outcome.class === "broken", String(body).slice(0, 20));
  }
});

Deno.test("silence ends at the deadline", async () => {
  const { runtime, answer } = setup(openai, ["silence"]);
  runtime.advance(PAGE_TIMEOUT_MS + 10);
  const got = await answer;
  assert.ok("outcome" in got && /timeout/.test(got.outcome.reason));
});

Deno.test("a vendor without a list, and a base that takes no path, cost no call", async () => {
  const azure = setup(azureOpenai, []);
  assert.deepEqual(await azure.answer, { outcome: { class: "capability", reason: "no_model_list" } });
  const odd = setup(openai, [], "ftp://host");
  assert.ok("outcome" in await odd.answer);
  assert.deepEqual([...azure.caller.requests, ...odd.caller.requests], []);
});
