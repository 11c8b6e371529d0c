import assert from "node:assert/strict";
import { type Notice, Notices } from "../../src/core/notices.ts";

const NOTICE: Notice = { kind: "records_failing", what: "dropped" };

Deno.test("everybody who subscribed hears a notice, in order, until they end it", () => {
  const heard: string[] = [];
  const notices = new Notices();
  notices.tell(NOTICE);
  const end = notices.subscribe(({ kind }) => heard.push(`first ${kind}`));
  notices.subscribe(({ kind }) => heard.push(`second ${kind}`));
  notices.tell(NOTICE);
  end();
  notices.tell(NOTICE);
  assert.deepEqual(heard, ["first records_failing", "second records_failing", "second records_failing"]);
});

Deno.test("no more than eight may listen, since the request path waits for each", () => {
  const notices = new Notices();
  const ends = Array.from({ length: 8 }, () => notices.subscribe(() => {}));
  assert.throws(() => notices.subscribe(() => {}), RangeError);
  ends[0]?.();
  notices.subscribe(() => {});
});
