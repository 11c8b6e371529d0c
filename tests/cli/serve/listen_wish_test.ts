import assert from "node:assert/strict";
import { listenWish } from "../../../src/cli/serve/listen_wish.ts";

const wish = (flag: string | undefined, env: Record<string, string>) => listenWish(flag, (name) => env[name]);

Deno.test("nothing said leaves the whole address to the config", () => {
  assert.deepEqual(wish(undefined, {}), {});
  assert.deepEqual(wish(undefined, { TIDEGATE_LISTEN: "", PORT: "" }), {});
});

Deno.test("PORT changes the port alone, of the config's address and of TIDEGATE_LISTEN's", () => {
  assert.deepEqual(wish(undefined, { PORT: "8080" }), { port: 8080 });
  assert.deepEqual(wish(undefined, { TIDEGATE_LISTEN: "0.0.0.0:4283", PORT: "8080" }), {
    host: "0.0.0.0",
    port: 8080,
  });
});

Deno.test("the flag goes before the environment", () => {
  assert.deepEqual(wish("[::1]:1", { TIDEGATE_LISTEN: "0.0.0.0:2", PORT: "3" }), { host: "::1", port: 1 });
});

Deno.test("a wrong address and a wrong port name what is wrong", () => {
  assert.throws(() => wish("x", {}), { name: "RangeError", message: /'x'/ });
  assert.throws(() => wish(undefined, { TIDEGATE_LISTEN: "y" }), { name: "RangeError", message: /'y'/ });
  for (const port of ["http", "65536", "-1", "80 "]) {
    assert.throws(() => wish(undefined, { PORT: port }), { name: "RangeError", message: /of PORT/ }, port);
  }
});
