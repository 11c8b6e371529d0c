import assert from "node:assert/strict";
import { type Registered, registryOf } from "../../src/core/registry.ts";

Deno.test("registered things are found by type", () => {
  const registry = registryOf({ first: { type: "one" }, second: { type: "two" } });
  assert.deepEqual(registry.types, ["one", "two"]);
  assert.deepEqual(registry.all.map((thing) => thing.type), ["one", "two"]);
  assert.equal(registry.find("two")?.type, "two");
  assert.equal(registry.find("three"), undefined);
  assert.equal(registry.get("one").type, "one");
});

Deno.test("asking for an unknown type names the known ones", () => {
  const registry = registryOf({ first: { type: "one" }, second: { type: "two" } });
  assert.throws(() => registry.get("three"), {
    name: "RangeError",
    message: "Cannot find 'three': known are one, two",
  });
  assert.equal(registry.find("__proto__"), undefined);
});

Deno.test("a slip in a registration stops the start", () => {
  assert.throws(
    () => registryOf({ first: { type: "one" }, second: { type: "one" } }),
    { name: "TypeError", message: /'second'.*'one' is taken/ },
  );
  // What a wrong export line would bring in; the types forbid it, JavaScript does not.
  const wrong = { helper: (() => {}) as unknown as Registered };
  assert.throws(() => registryOf(wrong), { name: "TypeError", message: /'helper'.*no type/ });
});
