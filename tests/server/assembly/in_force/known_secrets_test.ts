import assert from "node:assert/strict";
import fc from "fast-check";
import type { Rests } from "../../../../src/core/time/steps.ts";
import { KnownSecrets, MAX_FORMER_SECRETS } from "../../../../src/server/assembly/in_force/known_secrets.ts";

const NO_RESTS: Rests = { isDue: false, rest: () => Promise.resolve() };

/** Of `names`, those that are found in text. */
function knownOf(secrets: KnownSecrets, names: readonly string[]): string[] {
  const encoder = new TextEncoder();
  return names.filter((name) => secrets.index.find(encoder.encode(`<${name}>`)).length > 0);
}

/** Lets `secrets` know the lists, and counts the steps it makes of that. */
async function stepsToKnow(secrets: KnownSecrets, lists: readonly (readonly string[])[]): Promise<number> {
  let steps = 0;
  const counting: Rests = {
    get isDue() {
      steps++;
      return false;
    },
    rest: () => Promise.resolve(),
  };
  await secrets.know(lists, counting);
  return steps;
}

const many = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `sk-${name}-of-a-pool-${at}-`);

Deno.test("a secret that is wanted no more is still known, whatever comes after it", async () => {
  const secrets = new KnownSecrets();
  const keys = ["secret-a", "secret-b", "secret-c", "secret-d"];
  for (const key of keys) await secrets.know([[key, "own-secret"]], NO_RESTS);
  assert.deepEqual(knownOf(secrets, [...keys, "own-secret", "secret-e"]), [...keys, "own-secret"]);
});

Deno.test("a secret is known as long as any list has it, however often it came and went", async () => {
  const secrets = new KnownSecrets();
  const shared = ["secret-shared", "secret-shared"];
  const crowd = many("crowd", MAX_FORMER_SECRETS + 1);
  await secrets.know([shared, ["secret-shared"]], NO_RESTS);
  await secrets.know([crowd], NO_RESTS);
  await secrets.know([crowd, shared, ["secret-shared"]], NO_RESTS);
  await secrets.know([shared], NO_RESTS);
  await secrets.know([shared, many("other", 2 * MAX_FORMER_SECRETS)], NO_RESTS);
  assert.deepEqual(knownOf(secrets, shared), shared);
});

Deno.test("of those that are wanted no more the newest are known, up to the bound; all that are wanted are", async () => {
  const secrets = new KnownSecrets();
  const second = many("second", MAX_FORMER_SECRETS);
  const third = many("third", MAX_FORMER_SECRETS);
  await secrets.know([["first-secret"]], NO_RESTS);
  await secrets.know([second], NO_RESTS);
  assert.deepEqual(knownOf(secrets, ["first-secret"]), ["first-secret"]);
  await secrets.know([third], NO_RESTS);
  assert.equal(knownOf(secrets, [...second, ...third]).length, 2 * MAX_FORMER_SECRETS);
  assert.deepEqual(knownOf(secrets, ["first-secret"]), []);
});

Deno.test("lists that were known already cost no step, also where others are new beside them", async () => {
  const secrets = new KnownSecrets();
  const pools = [many("first", 25_000), many("second", 25_000)];
  await secrets.know(pools, NO_RESTS);
  assert.equal(await stepsToKnow(secrets, pools), 0);
  assert.equal(await stepsToKnow(secrets, [...pools, ["a-new-secret"]]), 0);
  assert.deepEqual(knownOf(secrets, ["a-new-secret"]), ["a-new-secret"]);
});

Deno.test("one key of fifty thousand that changed costs one look at the list that came and the one that went", async () => {
  const secrets = new KnownSecrets();
  const keys = many("key", 50_000);
  await secrets.know([keys], NO_RESTS);
  const { index } = secrets;
  const steps = await stepsToKnow(secrets, [keys.with(25_000, "a-new-secret")]);
  assert.ok(steps <= 2 * 50_000 / 64, `${steps} steps`);
  assert.equal(secrets.index, index, "it was not made anew");
  assert.deepEqual(knownOf(secrets, ["a-new-secret", keys[25_000] ?? ""]).length, 2);
});

Deno.test("what is held stays within bounds, however often keys change and whatever is left of them", async () => {
  const secrets = new KnownSecrets();
  for (let round = 0; round < 200; round++) await secrets.know([many(`round-${round}`, 1_000)], NO_RESTS);
  assert.ok(secrets.index.size <= 2 * MAX_FORMER_SECRETS, `${secrets.index.size} after many rounds`);
  await secrets.know([many("crowd", 4 * MAX_FORMER_SECRETS)], NO_RESTS);
  await secrets.know([], NO_RESTS);
  assert.ok(secrets.index.size <= 2 * MAX_FORMER_SECRETS, `${secrets.index.size} after all went`);
});

Deno.test("every secret that was ever wanted is found, whichever lists came, stayed and went", async () => {
  const secret = fc.nat(30).map((at) =>
    (at % 2 === 0 ? "sk-no" : "sk-a-long-secret-") + String(at).padStart(3, "0")
  );
  const list = fc.array(secret, { maxLength: 6 });
  const pools = fc.array(list, { minLength: 1, maxLength: 4 });
  const turns = fc.array(fc.subarray([0, 1, 2, 3]), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pools, turns, async (lists, wantedByTurn) => {
      const secrets = new KnownSecrets();
      const ever = new Set<string>();
      for (const wanted of wantedByTurn) {
        const present = wanted.flatMap((at) => lists.slice(at, at + 1));
        await secrets.know(present, NO_RESTS);
        for (const each of present.flat()) ever.add(each);
        assert.deepEqual(knownOf(secrets, [...ever]), [...ever]);
      }
    }),
  );
});
