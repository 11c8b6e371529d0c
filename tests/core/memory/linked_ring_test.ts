import assert from "node:assert/strict";
import { LinkedRing, RingLink } from "../../../src/core/memory/linked_ring.ts";

class Named extends RingLink {
  constructor(readonly name: string) {
    super();
  }
}

const namesOf = (ring: LinkedRing<Named>) => ring.all().map(({ name }) => name).join("");

Deno.test("a ring holds what was put in, in order, without what was taken out, wherever it stood", () => {
  const ring = new LinkedRing<Named>();
  assert.equal(ring.isEmpty, true);
  const [a, b, c, d] = [..."abcd"].map((name) => new Named(name)) as [Named, Named, Named, Named];
  for (const link of [a, b, c, d]) ring.add(link);
  assert.equal(namesOf(ring), "abcd");
  for (const [link, left] of [[b, "acd"], [a, "cd"], [d, "c"], [c, ""]] as const) {
    link.unlink();
    assert.equal(namesOf(ring), left);
    assert.equal(link.isLinked, false);
  }
  assert.equal(ring.isEmpty, true);
  c.unlink();
  ring.add(b);
  assert.equal(namesOf(ring), "b", "what was out may come in again");
});

Deno.test("what is out of a ring leads nowhere, so that it keeps no other in memory", () => {
  const ring = new LinkedRing<Named>();
  const links = [..."abc"].map((name) => new Named(name));
  for (const link of links) ring.add(link);
  links[1]?.unlink();
  ring.clear();
  for (const { before, after } of links) {
    assert.deepEqual({ before, after }, { before: undefined, after: undefined });
  }
  assert.equal(ring.isEmpty, true);
});
