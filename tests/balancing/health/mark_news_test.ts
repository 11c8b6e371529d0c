import assert from "node:assert/strict";
import { HealthBoard } from "../../../src/balancing/health.ts";
import { type Notice, Notices } from "../../../src/core/notices.ts";
import { candidate, makeBench, outcome } from "../fixtures.ts";

Deno.test("a key that is refused or spent is worth an alert once, and nothing else that is marked", async () => {
  const bench = await makeBench();
  const heard: Notice[] = [];
  const notices = new Notices();
  notices.subscribe((notice) => heard.push(notice));
  const health = new HealthBoard({ ...bench, notices });
  const [first, second, third] = [candidate("1"), candidate("2"), candidate("3")];
  const refused = outcome("key_invalid", { explicit: true, reason: "http_401" });
  health.learn(first, "m", refused);
  health.learn(first, "m", refused);
  health.learn(second, "m", outcome("quota_spent", { reason: "insufficient_quota" }));
  for (const name of ["rate_limited", "overloaded", "unreachable", "model_missing"] as const) {
    health.learn(third, "m", outcome(name));
  }
  health.disable("key:3", "switched off");
  const place = { pool: "p", upstream: "u" };
  assert.deepEqual(heard, [
    { kind: "key_invalid", ...place, key: "key of 1", reason: "http_401" },
    { kind: "quota_spent", ...place, key: "key of 2", reason: "insufficient_quota" },
  ]);
});
