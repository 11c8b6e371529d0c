import assert from "node:assert/strict";
import type { HealthView } from "../../../src/balancing/decide.ts";
import { Issuers, tiersOfIssuer } from "../../../src/gateway/account/issuers.ts";
import { PinTable } from "../../../src/gateway/account/pins.ts";
import { AffinityKeys } from "../../../src/gateway/affinity/affinity_keys.ts";
import { candidate, makeBench, tierOf } from "../../balancing/fixtures.ts";

const OF_WEB = { tenant: "web", member: "encrypted_content" };
const affinityKeys = new AffinityKeys(new Uint8Array(32).fill(1));

/** A body or an answer that holds sealed texts. */
function holding(...letters: readonly string[]): Uint8Array {
  const items = letters.map((letter) => ({ type: "reasoning", ["encrypted_content"]: letter.repeat(100) }));
  return new TextEncoder().encode(JSON.stringify({ items }));
}

Deno.test("the issuer of the latest known text is found, by its own tenant alone", async () => {
  const { state } = await makeBench();
  const issuers = new Issuers({ pins: new PinTable(state), affinityKeys });
  issuers.learn(holding("a", "b"), OF_WEB, "one");
  issuers.learn(holding("c"), OF_WEB, "two");
  assert.equal(await issuers.find(holding("a"), OF_WEB), "one");
  assert.equal(await issuers.find(holding("a", "b", "c"), OF_WEB), "two");
  assert.equal(await issuers.find(holding("c", "b", "unknown"), OF_WEB), "one");
  assert.equal(await issuers.find(holding("unknown"), OF_WEB), undefined);
  assert.equal(await issuers.find(holding("a"), { ...OF_WEB, tenant: "app" }), undefined);
});

Deno.test("an issuer is known over a restart, for 24 h", async () => {
  const { state, store, runtime } = await makeBench();
  new Issuers({ pins: new PinTable(state), affinityKeys }).learn(holding("a"), OF_WEB, "one");
  await state.flush();
  const restarted = () => new Issuers({ pins: new PinTable(state), affinityKeys });
  runtime.advance(24 * 3_600_000 - 1);
  assert.equal(await restarted().find(holding("a"), OF_WEB), "one");
  runtime.advance(1);
  assert.equal(await restarted().find(holding("a"), OF_WEB), undefined);
  await store[Symbol.asyncDispose]();
});

const one = candidate("one", { group: "org" });
const kin = candidate("kin", { group: "org" });
const stranger = candidate("stranger");
const TIERS = [tierOf(stranger, kin), tierOf(one, stranger)];

/** Ids of the endpoints left in each tier while those are in that state. */
function left(
  issuer: typeof one | undefined,
  out: Readonly<Record<string, "disabled" | "invalid" | "cooldown">> = {},
) {
  const health: HealthView = {
    exclusion({ endpoint }) {
      const state = out[endpoint.id];
      return state && { state, scope: endpoint.scopes.key, reason: "test", sinceMs: 0, endMs: Infinity };
    },
  };
  return tiersOfIssuer(TIERS, issuer?.endpoint, { health, model: "m", nowMs: 0 })
    ?.map(({ candidates }) => candidates.map(({ endpoint }) => endpoint.id));
}

Deno.test("the issuer serves its own, then those that share its account; who merely rests is waited for", () => {
  assert.deepEqual(left(one), [["one"], ["kin"]]);
  assert.deepEqual(left(one, { one: "cooldown", kin: "cooldown" }), [["one"], ["kin"]]);
  assert.deepEqual(left(one, { one: "invalid" }), [["kin"]]);
  assert.deepEqual(left(stranger), [["stranger", "stranger"]]);
});

Deno.test("when nobody of the issuer's account is left, the vendor decides", () => {
  assert.equal(left(one, { one: "invalid", kin: "disabled" }), undefined);
  assert.equal(left(candidate("gone")), undefined);
  assert.equal(left(undefined), undefined);
});
