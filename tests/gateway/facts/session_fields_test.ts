import assert from "node:assert/strict";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import type { HeaderFields } from "../../../src/core/exchange.ts";
import { SESSION_HINTS, sessionOf } from "../../../src/gateway/facts/session_fields.ts";

function session(headers: HeaderFields, body?: unknown): string | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(body ?? {}));
  const { members } = scanTopLevel(bytes, [], SESSION_HINTS);
  const found = sessionOf(headers, body === undefined ? undefined : { bytes, members });
  return found && `${found.field}=${found.value}`;
}

Deno.test("the narrowest name of a session counts: header fields, then members, users last", () => {
  const body = {
    ["prompt_cache_key"]: "cache",
    metadata: { ["session_id"]: "in metadata", ["user_id"]: "user_1_account__session_2" },
    ["safety_identifier"]: "safe",
    user: "someone",
  };
  const headers = {
    "x-claude-code-session-id": "claude",
    "session-id": "codex",
    ["session_id"]: "older codex",
    "thread-id": "thread",
  };
  assert.equal(session(headers, body), "x-claude-code-session-id=claude");
  assert.equal(session({ ...headers, "x-claude-code-session-id": undefined }, body), "session-id=codex");
  assert.equal(session({ ["session_id"]: "older codex", "thread-id": "t" }, body), "session_id=older codex");
  assert.equal(session({ "thread-id": "thread" }, body), "thread-id=thread");
  assert.equal(session({}, body), "prompt_cache_key=cache");
  const { metadata, user } = body;
  assert.equal(session({}, { metadata, user }), "metadata.session_id=in metadata");
  assert.equal(
    session({}, { metadata: { ...metadata, ["session_id"]: undefined }, user }),
    "metadata.user_id=user_1_account__session_2",
  );
  assert.equal(session({}, { ["safety_identifier"]: "safe", user }), "safety_identifier=safe");
  assert.equal(session({}, { user }), "user=someone");
});

Deno.test("what is empty, of another kind or too large names no session", () => {
  assert.equal(session({}), undefined);
  assert.equal(session({ "session-id": "" }, {}), undefined);
  assert.equal(session({}, { ["prompt_cache_key"]: "", user: 7, metadata: null }), undefined);
  assert.equal(session({}, { metadata: ["session_id"] }), undefined);
  assert.equal(session({}, { metadata: { ["session_id"]: 7, nested: { ["session_id"]: "x" } } }), undefined);
  assert.equal(session({}, { metadata: { ["session_id"]: "x", padding: "x".repeat(20_000) } }), undefined);
});
