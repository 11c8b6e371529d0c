import assert from "node:assert/strict";
import { MAX_LIMITS, UnitBook } from "../../../../src/balancing/quota/groups/unit_book.ts";
import { candidate } from "../../fixtures.ts";
import { estimate } from "../quota_fixtures.ts";

Deno.test("memory is bounded: the limits used longest ago make room, those in use stay", () => {
  const book = new UnitBook();
  const { endpoint } = candidate("a");
  const inUse = book.open(endpoint, "in use");
  inUse.take(estimate(), 1, 0);
  book.open(endpoint, "first");
  const second = book.open(endpoint, "second");
  for (let count = 3; count < MAX_LIMITS; count++) book.open(endpoint, `model ${count}`);
  const unit = book.find(endpoint);
  assert.equal(unit?.limits.size, MAX_LIMITS);
  book.open(endpoint, "second");
  book.open(endpoint, "one more");
  book.open(endpoint, "two more");
  assert.equal(unit?.limits.size, MAX_LIMITS);
  assert.equal(unit?.limits.get("in use"), inUse);
  assert.equal(unit?.limits.get("second"), second);
  assert.equal(unit?.limits.has("first"), false);
  assert.equal(unit?.limits.has("model 3"), false);
});

Deno.test("a key whose limits made room is forgotten, and begins anew when it is used again", () => {
  const book = new UnitBook();
  const idle = candidate("idle").endpoint;
  const busy = candidate("busy").endpoint;
  book.open(idle, "m");
  for (let count = 0; count < MAX_LIMITS; count++) book.open(busy, `model ${count}`);
  assert.equal(book.find(idle), undefined);
  assert.ok(book.open(idle, "m"));
});
