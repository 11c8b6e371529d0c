import assert from "node:assert/strict";
import { GatewayError } from "../../src/core/errors.ts";
import { ScopeTable } from "../../src/limits/scope_table.ts";
import { costOf, scopeOf } from "../support/limits/admission_desk.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

Deno.test("a table that is full of live counts takes no more, and never forgets one to make room", () => {
  const runtime = fakeRuntime();
  const table = new ScopeTable(runtime, 2);
  for (const name of ["a", "b"]) {
    const share = table.open(name).take(scopeOf({ requestsPerMinute: 5 }, name), costOf(), table.now());
    share.count.end();
    share.count.settle(share, costOf(), undefined, undefined);
  }
  assert.throws(
    () => table.open("c"),
    (error) => error instanceof GatewayError && error.code === "overloaded",
  );
  runtime.advance(62_000);
  table.open("c");
  assert.equal(table.size, 1);
});
