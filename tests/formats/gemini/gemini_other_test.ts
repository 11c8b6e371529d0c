import assert from "node:assert/strict";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { geminiOther } from "../../../src/formats/gemini/gemini_other.ts";
import { dataEvents, readStream } from "../../support/read_stream.ts";

Deno.test("verbs that run a model are inference; all else is the account's", () => {
  assert.equal(geminiOther.grant("POST", "/v1beta/models/imagen-4:predict"), "inference");
  assert.equal(geminiOther.grant("POST", "/v1/models/veo-3:predictLongRunning"), "inference");
  assert.equal(geminiOther.grant("POST", "/v1beta/models/gemini-2.5-flash:batchGenerateContent"), "account");
  assert.equal(geminiOther.grant("GET", "/v1beta/models/imagen-4:predict"), "account");
  for (const path of ["/v1beta/files", "/v1beta/cachedContents/a", "/v1beta/interactions", "/v1alpha/x:y"]) {
    assert.equal(geminiOther.grant("POST", path), "account", path);
  }
});

Deno.test("events of any kind are content, and an error is found wherever it stands", () => {
  const { content, error } = STREAM_SIGNS;
  assert.equal(readStream(geminiOther, dataEvents({ ["event_type"]: "content.delta" })).signs, content);
  const failed = { ["event_type"]: "error", error: { code: "invalid_request", message: "no" } };
  const tale = readStream(geminiOther, dataEvents(failed));
  assert.deepEqual([tale.signs, JSON.parse(tale.errorData ?? "")], [error, { error: failed.error }]);
});
