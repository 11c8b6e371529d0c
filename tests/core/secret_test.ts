import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Secret } from "../../src/core/secret.ts";

const VALUE = "sk-live-0123456789abcdef";

Deno.test("a secret is given away by reveal alone", () => {
  const secret = new Secret(VALUE);
  assert.equal(secret.reveal(), VALUE);
  const prints = [
    String(secret),
    `${secret}`,
    secret + "",
    JSON.stringify({ secret, list: [secret] }),
    Deno.inspect(secret),
    Deno.inspect({ deep: { secret } }, { showHidden: true }),
    inspect(secret, { showHidden: true, depth: 9 }),
    inspect({ secret }),
    JSON.stringify(Object.entries(secret)),
    String(new Error(`refused ${secret}`)),
  ];
  for (const print of prints) {
    assert.ok(!print.includes("0123456789"), print);
  }
});

Deno.test("the mask shows four characters of a long secret and none of a short one", () => {
  assert.equal(new Secret(VALUE).mask(), "***cdef");
  assert.equal(new Secret("0123456789abcde").mask(), "***");
  assert.equal(new Secret("").mask(), "***");
});
