import assert from "node:assert/strict";
import type { RecordDraft } from "../../../src/recording/record.ts";
import { buildLines } from "../../../src/recording/lines/record_line.ts";
import { makeRedactor } from "../../../src/recording/redact.ts";
import { draftOf, jsonBody } from "../draft_of.ts";
import { stepsTo } from "../../support/recording/steps_to.ts";

function train(parts: Partial<RecordDraft>, secrets: readonly string[] = []): string | undefined {
  const building = buildLines(draftOf(parts), { redactor: makeRedactor(() => secrets), training: true });
  let step = building.next();
  while (!step.done) step = building.next();
  const { training } = step.value;
  return training === undefined ? undefined : new TextDecoder().decode(training);
}

const ANSWER = `{"role":"assistant","content":null,"reasoning_content":"hm } ] \\" [",` +
  `"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"n\\":9007199254740993}"}}],"x":9007199254740993}`;

Deno.test("a training line is the request with the answer added to its messages and three fields at its end", () => {
  const line = train({
    request: jsonBody(
      `{"model":"auto","messages":[{"role":"user","content":"hi"}] ,"seed":9007199254740993}\n`,
    ),
    response: jsonBody(
      `{"id":"x","choices":[ {"index":0,"message": ${ANSWER} ,"finish_reason":"stop"},{"index":1}]}`,
    ),
  });
  assert.equal(
    line,
    `{"model":"auto","messages":[{"role":"user","content":"hi"},${ANSWER}] ,"seed":9007199254740993,` +
      `"_id":"${draftOf().id}","object":"chat.completion","created":1767225600} \n`,
  );
});

Deno.test("fields of the request that have our names keep their place and get our values", () => {
  const line = train({ request: jsonBody(`{"created":5,"messages":[ ],"_id":"mine"}`) });
  assert.equal(
    line,
    `{"created":1767225600,"messages":[ {"role":"assistant","content":"hello"}],"_id":"${draftOf().id}",` +
      `"object":"chat.completion"}\n`,
  );
});

Deno.test("a streamed answer trains as its assembled message", () => {
  const line = train({
    response: {
      kind: "stream",
      bytes: new Uint8Array(0),
      whole: true,
      assemble: () => stepsTo({ body: `{"choices":[{"message":{"role":"assistant","content":"sum"}}]}` }),
    },
  });
  assert.deepEqual(JSON.parse(line ?? "").messages.at(-1), { role: "assistant", content: "sum" });
});

Deno.test("secrets are out of training lines too", () => {
  const request = jsonBody(`{"messages":[{"role":"user","content":"my key is sk-canary-1234567890"}]}`);
  const line = train({ request }, ["sk-canary-1234567890"]);
  assert.equal(JSON.parse(line ?? "").messages[0].content, "my key is [redacted]");
});

Deno.test("what is no whole, recorded chat leaves no training line", () => {
  const cases: Partial<RecordDraft>[] = [
    { outcome: "truncated" },
    { outcome: "client_gone" },
    { outcome: "upstream_error" },
    { format: "openai_completions" },
    { bodies: "metadata" },
    { request: { kind: "opaque", sizeBytes: 1, contentType: undefined, sha256: undefined } },
    { request: jsonBody(`{"messages":"hi"}`) },
    { request: jsonBody(`{"messages":[],"messages":[]}`) },
    { request: jsonBody(`not json`) },
    { request: jsonBody(`[{"messages":[]}]`) },
    { response: { kind: "none" } },
    { response: jsonBody(`{"choices":[]}`) },
    { response: jsonBody(`{"choices":[{"message":null}]}`) },
    { response: jsonBody(`{"choices":{"message":{}}}`) },
    { response: jsonBody(`{"error":{"message":"no"}}`) },
  ];
  for (const parts of cases) assert.equal(train(parts), undefined, JSON.stringify(parts));
});
