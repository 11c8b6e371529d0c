import assert from "node:assert/strict";
import { GatewayError } from "../../src/core/errors.ts";
import { ScopeTable } from "../../src/limits/scope_table.ts";
import { costOf, scopeOf } from "../support/limits/admission_desk.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

Deno.test("a table that is full of live counts takes no more, and never forgets one to make room", () => {
  const runtime = fakeRuntime();
  const table = new ScopeTable(runtime, 2);
  for (const name of ["a", "b"]) {
    const scope = scopeOf({ requestsPerMinute: 5 }, name);
    table.makeRoom(1);
    const share = table.open(scope).take(scope, costOf(), table.now());
    share.count.end();
    share.count.settle(share, costOf(), undefined, undefined);
  }
  assert.throws(
    () => table.makeRoom(1),
    (error) => error instanceof GatewayError && error.code === "overloaded",
  );
  runtime.advance(62_000);
  table.makeRoom(1);
  table.open(scopeOf({}, "c"));
  assert.equal(table.size, 1);
});

Deno.test("a scope knows its count only as long as the table it asks remembers that", () => {
  const runtime = fakeRuntime();
  const [table, other] = [new ScopeTable(runtime), new ScopeTable(runtime)];
  const scope = scopeOf({ requestsPerMinute: 5 });
  const count = table.open(scope);
  assert.equal(table.open(scope), count);
  assert.equal(table.find({ ...scope, found: undefined }), count, "a later generation's scope of that name");
  assert.notEqual(other.open(scope), count);
  assert.equal(table.open(scope), count);
  table.sweep();
  assert.equal(table.find(scope), undefined, "nothing counted in it");
  assert.notEqual(table.open(scope), count);
});
