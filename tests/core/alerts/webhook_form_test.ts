import assert from "node:assert/strict";
import type { Alert } from "../../../src/core/alerts/alert.ts";
import * as formModule from "../../../src/core/alerts/forms/mod.ts";
import { saysZero, type WebhookForm } from "../../../src/core/alerts/webhook_form.ts";
import { registryOf } from "../../../src/core/registry.ts";

const FORMS = registryOf<WebhookForm>(formModule);

const ALERT: Alert = {
  id: "00000000-0000-7000-8000-000000000001",
  time: "2026-01-31T23:59:59.999Z",
  kind: "pool_errors",
  pool: undefined,
  text: "a <b> & c",
  count: 12,
};

const posted = (type: string, alert: Alert = ALERT): unknown =>
  JSON.parse(JSON.stringify(FORMS.get(type).body(alert)));

Deno.test("each receiver gets the body that its documentation asks for", () => {
  const text = "[Tidegate] pool_errors: a <b> & c";
  assert.deepEqual(posted("json"), { ...ALERT, pool: null });
  assert.deepEqual(posted("feishu"), { "msg_type": "text", content: { text } });
  assert.deepEqual(posted("dingtalk"), { msgtype: "text", text: { content: text } });
  assert.deepEqual(posted("wecom"), { msgtype: "text", text: { content: text } });
  assert.deepEqual(posted("slack"), { text: "[Tidegate] pool_errors: a &lt;b&gt; &amp; c" });
});

Deno.test("a receiver that says no with status 200 is understood", () => {
  const takes = (type: string, answer: string) => FORMS.get(type).accepts(answer);
  for (const [type, member] of [["feishu", "code"], ["dingtalk", "errcode"], ["wecom", "errcode"]] as const) {
    assert.equal(takes(type, `{"${member}":0,"msg":"ok"}`), true, type);
    assert.equal(takes(type, `{"${member}":19024,"msg":"Key Words Not Found"}`), false, type);
    assert.equal(takes(type, "<html>"), false, type);
  }
  assert.equal(takes("feishu", '{"StatusCode":0,"StatusMessage":"success"}'), true);
  for (const type of ["json", "slack"]) assert.equal(takes(type, "ok"), true, type);
  for (const answer of ["", "null", "0", '"code"', "[]"]) {
    assert.equal(saysZero(answer, "code"), false, answer);
  }
});

Deno.test("WeCom's text is cut to what it takes, between two characters", () => {
  const body = JSON.stringify(posted("wecom", { ...ALERT, text: "潮".repeat(1_000) }));
  const text: string = JSON.parse(body).text.content;
  const sizeBytes = new TextEncoder().encode(text).length;
  assert.ok(sizeBytes <= 2048 && sizeBytes > 2040, String(sizeBytes));
  assert.ok(text.endsWith("潮"));
});

Deno.test("every form describes itself and bears any alert", () => {
  for (const form of FORMS.all) {
    assert.match(form.summary, /^\w/);
    assert.match(JSON.stringify(form.body({ ...ALERT, pool: "p", text: "\u2028\u0000" })), /pool_errors/);
  }
});
