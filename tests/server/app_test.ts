import assert from "node:assert/strict";

import { type LogLine, makeLog, silentLog } from "../../src/core/log.ts";
import { makeApp } from "../../src/server/app.ts";
import { adminRoomOfTest } from "../support/open_admin.ts";

const ready = () => ({ ready: true, detail: { generation: 3 } });

Deno.test("both health paths say that the process is alive, to HEAD too", async () => {
  const app = makeApp({ readiness: ready, log: silentLog, admin: adminRoomOfTest() });
  for (const path of ["/healthz", "/health"]) {
    const answer = await app.request(path);
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { status: "ok" });
    assert.equal((await app.request(path, { method: "HEAD" })).status, 200);
  }
});

Deno.test("readiness is 200 or 503 with what the gateway says about it", async () => {
  let isReady = true;
  const app = makeApp({
    readiness: () => ({ ready: isReady, detail: { endpoints: 2 } }),
    log: silentLog,
    admin: adminRoomOfTest(),
  });
  const good = await app.request("/readyz");
  assert.equal(good.status, 200);
  assert.deepEqual(await good.json(), { status: "ready", endpoints: 2 });
  isReady = false;
  const bad = await app.request("/readyz");
  assert.equal(bad.status, 503);
  assert.deepEqual(await bad.json(), { status: "not_ready", endpoints: 2 });
});

Deno.test("the front page tells the next steps, as text to programs and as a page to browsers", async () => {
  const app = makeApp({ readiness: ready, log: silentLog, admin: adminRoomOfTest() });
  const text = await app.request("/", { headers: { accept: "*/*" } });
  assert.match(text.headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(await text.text(), /Next steps[^]*\/v1\/models/);
  const page = await app.request("/", { headers: { accept: "text/html,*/*;q=0.8" } });
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.doesNotMatch(await page.text(), /<script|<style|<img|http:/);
});

Deno.test("every answer forbids guessing, caching, framing and loading, and allows no other origin", async () => {
  const app = makeApp({ readiness: ready, log: silentLog, admin: adminRoomOfTest() });
  for (const path of ["/", "/healthz", "/readyz", "/nothing"]) {
    const { headers } = await app.request(path, { headers: { origin: "https://evil.example" } });
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("cache-control"), "no-store", path);
    assert.equal(headers.get("referrer-policy"), "no-referrer", path);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/, path);
    assert.equal(headers.get("access-control-allow-origin"), null, path);
  }
});

Deno.test("an unknown path is 404 JSON that repeats nothing of the request", async () => {
  const app = makeApp({ readiness: ready, log: silentLog, admin: adminRoomOfTest() });
  const answer = await app.request("/wp-admin/evil?x=1");
  assert.equal(answer.status, 404);
  const text = await answer.text();
  assert.equal(JSON.parse(text).error.code, "not_found");
  assert.doesNotMatch(text, /evil|wp-admin/);
});

Deno.test("a route that throws is 500 without detail, and the log has the detail", async () => {
  const lines: LogLine[] = [];
  const app = makeApp({
    admin: adminRoomOfTest(),
    readiness: () => {
      throw new Error("inner detail");
    },
    log: makeLog(() => 0, (line) => lines.push(line)),
  });
  const answer = await app.request("/readyz");
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /inner detail/);
  assert.equal(lines[0]?.level, "error");
});
