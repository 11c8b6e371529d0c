import assert from "node:assert/strict";
import { HashTree } from "../../../src/balancing/index/hash_tree.ts";
import { candidate } from "../fixtures.ts";

const KEYS = 20_000;

function listOf(size: number) {
  return Array.from({ length: size }, (_, index) => candidate(`key-${index}`, { weight: 1 + index % 3 }));
}

const treeOf = (list: ReturnType<typeof listOf>) => new HashTree(list, list.keys());

/** Ids that each of the keys goes to. */
function placesOf(list: ReturnType<typeof listOf>): (string | undefined)[] {
  const tree = treeOf(list);
  return Array.from({ length: KEYS }, (_, key) => list[tree.slotFor(`caller ${key}`, 0)]?.endpoint.id);
}

Deno.test("a key goes to the same endpoint, whatever the order of the list", () => {
  for (const size of [10, 300, 5_000]) {
    assert.deepEqual(placesOf(listOf(size)), placesOf(listOf(size).reverse()), `${size}`);
  }
});

Deno.test("when one leaves or joins, no more than its share and 5 % of the keys move", () => {
  for (const size of [2, 10, 60, 300, 5_000]) {
    const all = listOf(size);
    const before = placesOf(all);
    const after = placesOf(all.toSpliced(size >> 1, 1));
    const moved = before.filter((place, key) => place !== after[key]).length / KEYS;
    const total = all.reduce((sum, { weight }) => sum + weight, 0);
    const share = (all[size >> 1]?.weight ?? 0) / total;
    assert.ok(moved <= share + 0.05, `${size}: ${moved.toFixed(4)} moved, its share is ${share.toFixed(4)}`);
  }
});

Deno.test("the next choices of a key differ from key to key, so that no neighbour inherits all", () => {
  const all = listOf(10);
  const tree = treeOf(all);
  const heirs = new Map<number, number>();
  for (let key = 0; key < KEYS; key++) {
    if (tree.slotFor(`caller ${key}`, 0) !== 0) continue;
    const heir = tree.slotFor(`caller ${key}`, 1);
    heirs.set(heir, (heirs.get(heir) ?? 0) + 1);
  }
  assert.ok(heirs.size >= 9);
  assert.ok(Math.max(...heirs.values()) < KEYS / 10 / 3, "nobody gets a third of them");
});

Deno.test("nobody is chosen where there is nobody, and weight 0 takes nothing", () => {
  assert.equal(new HashTree([], []).slotFor("caller", 0), -1);
  const list = [candidate("a", { weight: 0 }), candidate("b")];
  const tree = new HashTree(list, [0, 1]);
  for (let key = 0; key < 100; key++) assert.equal(tree.slotFor(`caller ${key}`, 0), 1);
});
