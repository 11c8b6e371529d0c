import assert from "node:assert/strict";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import { refusesUsageFlag, usageFlagEdit, UsageFlags } from "../../../src/upstream/usage/usage_flag.ts";

function flagged(body: string): string | undefined {
  const bytes = new TextEncoder().encode(body);
  const edit = usageFlagEdit(
    bytes,
    scanTopLevel(bytes, [], ["stream_options"]).members.get("stream_options"),
  );
  return edit && body.slice(0, edit.start) + edit.text + body.slice(edit.end);
}

Deno.test("usage is asked for where nothing is said, and where the client says no", () => {
  for (
    const options of [
      "",
      '"stream_options":null,',
      '"stream_options":{},',
      '"stream_options":{"include_usage":false},',
    ]
  ) {
    const text = flagged(`{${options}"stream":true}`) ?? "";
    assert.equal(JSON.parse(text).stream_options.include_usage, true, text);
  }
});

Deno.test("a client that asks, or writes what nobody takes, keeps its request", () => {
  for (const options of ['{"include_usage":true}', "[]", "1", '"x"', '{"include_usage":"no"}']) {
    assert.equal(flagged(`{"stream_options":${options}}`), undefined, options);
  }
});

Deno.test("a refusal that names the flag is about it", () => {
  const body = (text: string) => new TextEncoder().encode(text);
  assert.ok(refusesUsageFlag({ status: 422, body: body('{"detail":"extra field stream_options"}') }));
  assert.ok(!refusesUsageFlag({ status: 400, body: body('{"error":"no such model"}') }));
  assert.ok(!refusesUsageFlag({ status: 500, body: body("stream_options") }));
  const flags = new UsageFlags();
  flags.refused("upstream:a");
  assert.deepEqual([flags.takes("upstream:a"), flags.takes("upstream:b")], [false, true]);
});
