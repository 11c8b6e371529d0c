import assert from "node:assert/strict";
import { memoryObserver } from "../../src/core/observe.ts";

Deno.test("counts are kept by name and labels, in whatever order the labels stand", () => {
  const observer = memoryObserver();
  observer.count("requests");
  observer.count("requests", { pool: "a", outcome: "ok" });
  observer.count("requests", { outcome: "ok", pool: "a" }, 4);
  assert.equal(observer.read("requests"), 6, "all series together");
  assert.equal(observer.read("requests", { pool: "a" }), 5, "those that carry the label");
  assert.equal(observer.read("requests", { pool: "a", outcome: "ok" }), 5);
  assert.equal(observer.read("requests", { pool: "b", outcome: "ok" }), 0);
  assert.equal(observer.read("unheard"), 0);
});

Deno.test("labels cannot grow memory: beyond 2,000 series the rest is added up", () => {
  const observer = memoryObserver();
  for (let i = 0; i < 2_500; i++) observer.count("requests", { tenant: `t${i}` });
  observer.count("requests", { tenant: "t0" });
  assert.equal(observer.read("requests", { tenant: "t0" }), 2);
  assert.equal(observer.read("requests", { tenant: "t1999" }), 1);
  assert.equal(observer.read("requests", { tenant: "t2000" }), 0);
});
