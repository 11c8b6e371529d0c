import assert from "node:assert/strict";
import { silentLog } from "../../src/core/log.ts";
import { type Notice, Notices } from "../../src/core/notices.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { Alarm } from "../../src/recording/alarm.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

Deno.test("records that are not written are worth an alert, as often as they are said: once a minute", () => {
  const heard: Notice[] = [];
  const notices = new Notices();
  notices.subscribe((notice) => heard.push(notice));
  const runtime = fakeRuntime();
  const parts = {
    runtime,
    notices,
    log: silentLog,
    observer: memoryObserver(),
    onFullDisk: "serve",
  } as const;
  const alarm = new Alarm(parts);
  const error = new Error("No space left on /secret/place");
  for (let i = 0; i < 10; i++) alarm.failed(error, { lines: 1, records: 1 });
  alarm.dropped("too_many", 5);
  alarm.dropped("too_many", 5);
  assert.deepEqual(heard, [
    { kind: "records_failing", what: "unwritten" },
    { kind: "records_failing", what: "dropped" },
  ]);
  runtime.advance(60_000);
  alarm.failed(error, { lines: 1, records: 1 });
  assert.deepEqual(heard.slice(2).map((notice) => "what" in notice && notice.what), ["dropped", "unwritten"]);
  alarm.close();
});
