import assert from "node:assert/strict";
import { Hono } from "hono";
import { GatewayError } from "../../../../src/core/errors.ts";
import { makeRedactor } from "../../../../src/recording/redact.ts";
import { type AdminRoute, defineAdminRoute } from "../../../../src/server/admin/admin_route.ts";
import { AuditLog } from "../../../../src/server/admin/audit/audit_log.ts";
import { answerCall, type ConnectionFacts } from "../../../../src/server/admin/frame/answer_call.ts";
import { fakeRuntime } from "../../../support/fake_runtime.ts";

const SECRET = "sk-canary-0123456789";
const DEFAULTS = {
  method: "POST",
  path: "/admin/things/{id}",
  summary: "A thing.",
  operationId: "thing",
} as const;

function served(more: Partial<AdminRoute> & Pick<AdminRoute, "handle">) {
  const lines: string[] = [];
  const redactor = makeRedactor(() => secrets);
  const audit = new AuditLog({ runtime: fakeRuntime(), redactor, write: (line) => lines.push(line) });
  const app = new Hono<{ Bindings: ConnectionFacts }>();
  const route = defineAdminRoute({ ...DEFAULTS, mutates: true, ...more });
  app.post(
    "/admin/things/:id",
    (c) => answerCall(c, route, { redactor, audit, clientAddress: (address) => address }),
  );
  app.onError((_, c) => c.text("failed", 500));
  return {
    lines,
    ask: (id = "a1") =>
      app.request(`/admin/things/${id}?`, { method: "POST", body: '{"key":"sk-in-the-body-000"}' }, {
        remoteAddress: "10.0.0.9",
      }),
  };
}

const secrets = [SECRET];

Deno.test("what a handler throws on purpose is its answer, with status, code, param and wait", async () => {
  const { ask } = served({
    handle() {
      throw new GatewayError("rate_limited", `Not ${SECRET} now.`, { param: "id", retryAfterMs: 1500 });
    },
  });
  const answer = await ask();
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get("retry-after"), "2");
  assert.deepEqual(await answer.json(), {
    error: {
      message: "Not [redacted] now.",
      type: "invalid_request_error",
      param: "id",
      code: "rate_limited",
    },
  });
});

Deno.test("no secret leaves in any answer: JSON, text, or a stream that cuts it in two", async () => {
  const bytes = new TextEncoder().encode(`a,${SECRET},b\nlast ${SECRET}`);
  async function* halves() {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  }
  const csv = "text/csv; charset=utf-8";
  for (
    const handle of [
      () => ({ deep: [{ key: SECRET }] }),
      () => ({ contentType: csv, body: `a,${SECRET},b` }),
      () => ({ contentType: csv, body: halves() }),
    ]
  ) {
    const text = await (await served({ handle }).ask()).text();
    assert.doesNotMatch(text, /canary/);
    assert.match(text, /\[redacted\]/);
  }
});

Deno.test("a key that is shown once is shown", async () => {
  const { ask } = served({ reveals: true, handle: () => ({ key: SECRET }) });
  assert.deepEqual(await (await ask()).json(), { key: SECRET });
});

Deno.test("a reply has its own status and content type", async () => {
  const answer = await served({
    handle: () => ({ status: 202, contentType: "text/plain", body: "taken" }),
  }).ask();
  assert.deepEqual([answer.status, answer.headers.get("content-type"), await answer.text()], [
    202,
    "text/plain",
    "taken",
  ]);
});

Deno.test("every change is audited with its outcome, and never with its body or a secret", async () => {
  const done = served({ handle: () => ({}) });
  await done.ask();
  const refused = served({
    handle() {
      throw new GatewayError("object_not_found", "No such thing.");
    },
  });
  await refused.ask(SECRET);
  const failed = served({
    handle() {
      throw new Error("broken");
    },
  });
  assert.equal((await failed.ask()).status, 500);
  const lines = [done, refused, failed].map(({ lines }) => {
    assert.equal(lines.length, 1);
    return JSON.parse(lines[0] ?? "");
  });
  const { id: _, time: __, ...first } = lines[0];
  assert.deepEqual(first, {
    address: "10.0.0.9",
    method: "POST",
    path: "/admin/things/{id}",
    params: { id: "a1" },
    status: 200,
    outcome: "ok",
  });
  assert.deepEqual([lines[1].status, lines[1].outcome, lines[1].params.id], [
    404,
    "object_not_found",
    "[redacted]",
  ]);
  assert.deepEqual([lines[2].status, lines[2].outcome], [500, "internal_error"]);
  assert.doesNotMatch(JSON.stringify(lines), /in-the-body/);
});

Deno.test("what changes nothing is not audited", async () => {
  const { ask, lines } = served({ mutates: false, handle: () => ({}) });
  await ask();
  assert.deepEqual(lines, []);
});
