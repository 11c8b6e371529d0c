import assert from "node:assert/strict";
import { atOnce } from "../../../../src/core/time/steps.ts";
import { LoadTable } from "../../../../src/gateway/routing/endpoints/load_table.ts";
import { candidateAt } from "../../../support/attempts_setup.ts";

Deno.test("what was measured goes with its endpoint, once nothing uses it, and stays wherever else the endpoint moved", () => {
  const loads = new LoadTable();
  const retain = (...ids: string[]) => {
    const list = ids.map((id) => ({ ...candidateAt(id, "").endpoint, load: loads.of(id, undefined) }));
    atOnce(loads.retain(new Map([["p", { list }]]), new Set(ids)));
    return list.map(({ load }) => load);
  };
  const [a, b, c] = retain("a", "b", "c");
  assert.ok(a && b && c);
  b.begin();
  retain("c", "a");
  assert.ok(loads.has("a", a) && loads.has("c", c), "both moved");
  assert.ok(loads.has("b", b), "it is used");
  retain("c");
  assert.ok(!loads.has("a", a));
  b.end({ class: "ok", reason: "ok" }, 0);
  retain("c");
  assert.ok(!loads.has("b", b), "it was used when it left");
  assert.ok(loads.has("c", c));
});

Deno.test("what was made for a config that never came into force goes too", () => {
  const loads = new LoadTable();
  const load = loads.of("a", undefined);
  atOnce(loads.retain(new Map(), new Set()));
  assert.ok(!loads.has("a", load));
});
