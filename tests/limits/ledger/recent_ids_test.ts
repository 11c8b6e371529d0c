import assert from "node:assert/strict";
import { RecentIds } from "../../../src/limits/ledger/recent_ids.ts";

Deno.test("of the ids that came last at least so many are known, and never more than twice as many", () => {
  const ids = new RecentIds(100);
  for (let id = 0; id < 10_000; id++) {
    assert.equal(ids.add(`${id}`), true, `${id} is new`);
    assert.equal(ids.add(`${id}`), false, `${id} is known at once`);
    if (id >= 99) {
      assert.equal(ids.add(`${id - 99}`), false, `of the last hundred, ${id - 99} is known at ${id}`);
    }
  }
  assert.equal(ids.add(`${10_000 - 201}`), true, "what came before two hundred others is forgotten");
});
