import assert from "node:assert/strict";
import { memory } from "../../src/stores/memory.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

Deno.test("the memory store is bounded: what was written longest ago makes room", async () => {
  const runtime = fakeRuntime();
  await using store = await memory.open({ dataDir: "", runtime, report: () => {} });
  await store.set(["first"], 1);
  await store.set(["second"], 1);
  await store.set(["first"], 2);
  for (let batch = 0; batch < 2_000; batch++) {
    await store.apply(
      Array.from({ length: 100 }, (_, index) => ({ key: [`${batch}`, `${index}`], value: 1 })),
    );
  }
  assert.equal(await store.get(["second"]), undefined);
  assert.equal(await store.get(["first"]), undefined);
  assert.equal(await store.get(["0", "0"]), 1);
  await store.set(["one", "more"], 1);
  assert.equal(await store.get(["0", "0"]), undefined);
});
