import assert from "node:assert/strict";
import type { Rests } from "../../../../src/core/time/steps.ts";
import { KnownSecrets, MAX_FORMER_SECRETS } from "../../../../src/server/assembly/in_force/known_secrets.ts";

const NO_RESTS: Rests = { isDue: false, rest: () => Promise.resolve() };

Deno.test("a secret that is wanted no more is still known, whatever comes after it", async () => {
  const secrets = new KnownSecrets();
  for (const key of ["a", "b", "c", "d"]) await secrets.know([[key, "own"]], NO_RESTS);
  assert.deepEqual([...secrets.all].toSorted(), ["a", "b", "c", "d", "own"]);
});

Deno.test("it is the same object as long as nothing is new", async () => {
  const secrets = new KnownSecrets();
  await secrets.know([["a", "b"]], NO_RESTS);
  const before = secrets.all;
  await secrets.know([["a"]], NO_RESTS);
  assert.equal(secrets.all, before);
});

Deno.test("of those that are wanted no more the newest are known, up to the bound; all that are wanted are", async () => {
  const secrets = new KnownSecrets();
  const many = (name: string) => Array.from({ length: MAX_FORMER_SECRETS }, (_, at) => `${name}${at}`);
  await secrets.know([["first"]], NO_RESTS);
  await secrets.know([many("second")], NO_RESTS);
  assert.ok(new Set(secrets.all).has("first"));
  await secrets.know([many("third")], NO_RESTS);
  const all = new Set(secrets.all);
  assert.equal(all.size, 2 * MAX_FORMER_SECRETS);
  assert.ok(!all.has("first") && all.has("second0"));
});
