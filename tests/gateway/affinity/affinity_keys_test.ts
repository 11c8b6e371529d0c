import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { AffinityPolicy } from "../../../src/balancing/affinity_policy.ts";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import { AffinityKeys, type AffinityOwner } from "../../../src/gateway/affinity/affinity_keys.ts";
import { requestEstimate } from "../../../src/gateway/facts/request_estimate.ts";
import type { RequestFacts } from "../../../src/gateway/facts/request_facts.ts";
import { SESSION_HINTS } from "../../../src/gateway/facts/session_fields.ts";

const keys = new AffinityKeys(new Uint8Array(32).fill(1));
const OWNER: AffinityOwner = { scope: "route:auto#0", tenant: "web", model: "gpt" };

function policy(by: AffinityPolicy["by"], header?: string): AffinityPolicy {
  return { by, ttlMs: 1, sliding: false, ...(header === undefined ? {} : { header }) };
}

/** Facts of a chat body, as far as affinity looks at them. */
function factsOf(body: unknown): RequestFacts {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const { members, elements } = scanTopLevel(bytes, [], SESSION_HINTS, "messages");
  return {
    body: { kind: "bytes", bytes, model: undefined },
    model: "gpt",
    written: "gpt",
    stream: false,
    estimate: requestEstimate(0),
    references: [],
    json: { bytes, members },
    opening: { bytes, preamble: [], turns: elements },
    captured: { kind: "json", bytes },
    heldBytes: 0,
    decoded: false,
  };
}

const body = { user: "someone", messages: [{ role: "user", content: "x".repeat(3_000) }] };
const traits = { clientAddress: "192.0.2.1", headers: { "x-user-id": "u1" }, facts: factsOf(body) };
const POLICIES = [
  policy("ip"),
  policy("tenant"),
  policy("header", "x-user-id"),
  policy("session"),
  policy("prefix"),
];

Deno.test("each kind of affinity has a key of its own, the same over a restart of the instance", () => {
  const again = new AffinityKeys(new Uint8Array(32).fill(1));
  const chains = POLICIES.map((one) => keys.chainOf(one, OWNER, traits));
  assert.deepEqual(chains.map((chain) => chain.length), [1, 1, 1, 1, 1]);
  assert.equal(new Set(chains.flat()).size, 5);
  assert.deepEqual(POLICIES.map((one) => again.chainOf(one, OWNER, traits)), chains);
  const other = new AffinityKeys(new Uint8Array(32).fill(2));
  for (const one of POLICIES) {
    assert.notDeepEqual(other.chainOf(one, OWNER, traits), keys.chainOf(one, OWNER, traits));
  }
});

Deno.test("tenants, models and scopes never share a key, whatever their names", () => {
  const name = fc.string({ unit: "binary", maxLength: 12 });
  const owner = fc.record({ scope: name, tenant: name, model: fc.option(name, { nil: undefined }) });
  fc.assert(
    fc.property(owner, owner, fc.constantFrom(...POLICIES), (one, two, by) => {
      const same = one.scope === two.scope && one.tenant === two.tenant &&
        (one.model ?? "") === (two.model ?? "");
      const chains = [one, two].map((each) => keys.chainOf(by, each, traits));
      assert.equal(chains[0]?.[0] === chains[1]?.[0], same);
    }),
    { numRuns: 300 },
  );
});

Deno.test("by header, session and prefix a request that has none belongs to nothing", () => {
  const bare = { clientAddress: "192.0.2.1", headers: {}, facts: factsOf({ messages: [] }) };
  for (const one of [policy("header", "x-user-id"), policy("session"), policy("prefix")]) {
    assert.deepEqual(keys.chainOf(one, OWNER, bare), []);
  }
  const opaque = { ...bare, facts: { ...bare.facts, json: undefined, opening: undefined } };
  assert.deepEqual(keys.chainOf(policy("prefix"), OWNER, opaque), []);
  assert.deepEqual(keys.chainOf(policy("session"), OWNER, opaque), []);
});

Deno.test("by tenant all requests of one belong together, by address those of one address", () => {
  const elsewhere = { ...traits, clientAddress: "192.0.2.2" };
  assert.deepEqual(
    keys.chainOf(policy("tenant"), OWNER, elsewhere),
    keys.chainOf(policy("tenant"), OWNER, traits),
  );
  assert.notDeepEqual(
    keys.chainOf(policy("ip"), OWNER, elsewhere),
    keys.chainOf(policy("ip"), OWNER, traits),
  );
});

Deno.test("a sealed text has another key for each tenant", () => {
  const text = new TextEncoder().encode("gAAAAABo".repeat(8));
  assert.equal(keys.sealedKey("web", text), keys.sealedKey("web", text.slice()));
  assert.notEqual(keys.sealedKey("web", text), keys.sealedKey("app", text));
  assert.notEqual(keys.sealedKey("web", text), keys.sealedKey("web", text.subarray(1)));
});
