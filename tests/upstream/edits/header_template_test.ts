import assert from "node:assert/strict";
import fc from "fast-check";
import { filled, parseTemplate } from "../../../src/upstream/edits/header_template.ts";
import { candidateAt } from "../../support/attempts_setup.ts";

const FACTS = {
  format: "openai_chat",
  hasParameters: true,
  clientAddress: "192.0.2.7",
  tenant: "web",
  requestId: "id-1",
  timeMs: Date.UTC(2026, 0, 31, 12),
};

function fill(text: string, model?: string): string {
  const template = parseTemplate(text);
  if ("unknown" in template) assert.fail(template.unknown);
  return filled(template, { endpoint: candidateAt("k", "http://a.test").endpoint, facts: FACTS, model });
}

Deno.test("every variable stands for what it names", () => {
  assert.equal(
    fill("${client.ip} ${tenant} ${pool} ${upstream} ${key.fingerprint} ${request.id} ${model}", "m"),
    "192.0.2.7 web pool upstream of k f-k id-1 m",
  );
  assert.equal(fill("at ${timestamp}=${timestamp.ms}"), `at 2026-01-31T12:00:00.000Z=${FACTS.timeMs}`);
  assert.equal(fill("<${model}>"), "<>");
  assert.equal(fill("$tenant {tenant} $${tenant}"), "$tenant {tenant} $web");
});

Deno.test("a name that is no variable's is told", () => {
  assert.deepEqual(parseTemplate("a ${secret} b"), { unknown: "secret" });
  assert.deepEqual(parseTemplate("${}"), { unknown: "" });
});

Deno.test("whatever a client calls a model, the value is visible ASCII of bounded length", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.constant("\r\nx: \ud800é".repeat(1000))),
      (model) => {
        const value = fill("a${model}b", model);
        assert.match(value, /^a[\x20-\x7e]*b$/);
        assert.ok(value.length <= 256 * 9 + 2);
      },
    ),
  );
});
