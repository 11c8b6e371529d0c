import assert from "node:assert/strict";
import { loadText, problemsOf } from "../../load_text.ts";

function limitsOf(limits: string) {
  return loadText(`{ "pools": [{ "provider": "openai", "keys": ["k"], "limits": ${limits} }] }`).config
    .pools[0]
    ?.limits;
}

Deno.test("limits of a pool and of its models are read, a day's with its time and zone", () => {
  assert.deepEqual(
    limitsOf(`{
      "requestsPerMinute": 60, "tokensPerMinute": 90000, "concurrency": 4,
      "requestsPerDay": { "max": 500, "resetAt": "17:30", "zone": "America/Los_Angeles" },
      "models": { "gpt-4o": { "requestsPerMinute": 5 } }
    }`),
    {
      limits: {
        requestsPerMinute: 60,
        tokensPerMinute: 90_000,
        concurrency: 4,
        requestsPerDay: { max: 500, resetMinute: 1_050, zone: "America/Los_Angeles" },
      },
      models: { "gpt-4o": { requestsPerMinute: 5 } },
    },
  );
});

Deno.test("a day without more begins at midnight UTC; without limits there are none", () => {
  assert.deepEqual(limitsOf(`{ "requestsPerDay": 7 }`)?.limits.requestsPerDay, {
    max: 7,
    resetMinute: 0,
    zone: "UTC",
  });
  assert.equal(
    loadText(`{ "pools": [{ "provider": "openai", "keys": ["k"] }] }`).config.pools[0]?.limits,
    undefined,
  );
});

Deno.test("what is no limit is told where it stands and what it must be", () => {
  const told = (limits: string) =>
    problemsOf(`{ "pools": [{ "provider": "openai", "keys": ["k"], "limits": ${limits} }] }`).join("\n");
  assert.match(told(`{ "requestsPerMinute": 0 }`), /requestsPerMinute/);
  assert.match(told(`{ "requestsPerMinute": "60" }`), /must be a whole number, at least 1/);
  assert.match(told(`{ "requestPerMinute": 60 }`), /did you mean "requestsPerMinute"/);
  assert.match(told(`{ "requestsPerDay": { "max": 5, "zone": "Mars/Olympus" } }`), /must be a time zone/);
  assert.match(told(`{ "requestsPerDay": { "max": 5, "resetAt": "24:00" } }`), /must be a time of day/);
  assert.match(told(`{ "models": { "m": { "models": {} } } }`), /models/);
});
