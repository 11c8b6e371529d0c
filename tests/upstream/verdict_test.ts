import assert from "node:assert/strict";
import type { Why } from "../../src/balancing/decide.ts";
import type { Outcome, OutcomeClass } from "../../src/core/outcome.ts";
import { type FailedAttempt, verdictOf } from "../../src/upstream/verdict.ts";

const NOBODY: Why = { candidates: 1, looked: 1, eligible: 0, excluded: {}, chosenBy: "nobody", panic: false };

function failed(name: OutcomeClass, more: Partial<Outcome> = {}): FailedAttempt {
  const refusal = { status: 400, headers: {}, body: new TextEncoder().encode(name) };
  return { outcome: { class: name, reason: name, ...more }, refusal, clientKey: false, translated: false };
}

/** What is told, as `refusal CLASS` or the error's code. */
function told(failures: readonly FailedAttempt[], why: Why | undefined = NOBODY): string {
  const verdict = verdictOf(failures, why, "m");
  return verdict.kind === "refusal"
    ? `refusal ${new TextDecoder().decode(verdict.refusal.body)}`
    : verdict.error.code;
}

/** Most useful first (`docs/design.md` §7). */
const ORDER: readonly [OutcomeClass, string][] = [
  ["client_fault", "refusal client_fault"],
  ["rate_limited", "rate_limited"],
  ["quota_spent", "insufficient_quota"],
  ["overloaded", "overloaded"],
  ["broken", "upstream_error"],
  ["model_missing", "model_not_found"],
  ["key_invalid", "upstream_auth"],
];

for (const [better, [name, expected]] of ORDER.entries()) {
  Deno.test(`among several failures ${name} is told before all that help less, whatever their order`, () => {
    for (const [worse] of ORDER.slice(better)) {
      assert.equal(told([failed(name), failed(worse)]), expected);
      assert.equal(told([failed(worse), failed(name)]), expected);
    }
  });
}

Deno.test("what the client must change is passed on for every such class", () => {
  for (const name of ["too_long", "capability", "foreign_state"] as const) {
    assert.equal(told([failed("broken"), failed(name)]), `refusal ${name}`);
  }
});

Deno.test("the shortest wait of all is told", () => {
  const failures = [
    failed("rate_limited", { cooldownMs: 9_000 }),
    failed("rate_limited", { cooldownMs: 4_000 }),
  ];
  const verdict = verdictOf(failures, { ...NOBODY, soonestMs: 2_000 }, "m");
  assert.equal(verdict.kind === "error" && verdict.error.detail.retryAfterMs, 2_000);
});

Deno.test("a timeout is a 504, and nothing reachable is told apart from bad answers", () => {
  assert.equal(told([failed("unreachable", { reason: "refused" })]), "upstream_unreachable");
  assert.equal(told([failed("unreachable", { reason: "connect_timeout" })]), "upstream_timeout");
  assert.equal(told([failed("broken", { reason: "stalled" })]), "upstream_timeout");
  assert.equal(told([failed("broken", { reason: "html" })]), "upstream_malformed");
  assert.equal(
    told([failed("broken", { reason: "html" }), failed("broken", { reason: "http_500" })]),
    "upstream_error",
  );
  assert.equal(
    told([failed("client_fault", { reason: "unsendable" })].map((each) => ({ ...each, refusal: undefined }))),
    "invalid_header",
  );
});

Deno.test("when nobody was asked the reason is told: waiting, refused keys, nobody there", () => {
  assert.equal(told([], { ...NOBODY, excluded: { cooldown: 1 }, soonestMs: 3_000 }), "rate_limited");
  assert.equal(
    told([], { ...NOBODY, excluded: { cooldown: 1 }, soonestMs: 600_000, refused: true }),
    "no_endpoint",
  );
  assert.equal(told([], { ...NOBODY, excluded: { invalid: 1 } }), "upstream_auth");
  assert.equal(told([], { ...NOBODY, excluded: { disabled: 1 } }), "no_endpoint");
  assert.equal(told([], undefined), "no_endpoint");
});

Deno.test("no verdict is ever a 401 or 403: the client would throw away a good key", () => {
  for (const name of ["key_invalid", "not_permitted", "quota_spent", "rate_limited"] as const) {
    const verdict = verdictOf([failed(name)], NOBODY, "m");
    assert.ok(verdict.kind === "error" && ![401, 403].includes(verdict.error.status));
  }
});
