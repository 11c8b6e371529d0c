import assert from "node:assert/strict";

import { makeLog } from "../../../src/core/log.ts";
import { lineStyle, logSink } from "../../../src/server/logs/log_sink.ts";

Deno.test("lines below the level are left out, and known secrets are taken out of the rest", async () => {
  let text = "";
  const { sink, flush } = logSink({
    target: {
      write(bytes) {
        text += new TextDecoder().decode(bytes);
        return Promise.resolve(bytes.length);
      },
    },
    level: "warn",
    style: "json",
    redact: (line) => line.replaceAll("sk-secret", "[redacted]"),
  });
  const log = makeLog(() => 0, sink);
  log.info("quiet");
  log.channel("access").warn("loud", { fault: new Error("refused for sk-secret") });
  await flush();
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, 1);
  assert.equal(lines[0].channel, "access");
  assert.equal(lines[0].fault.message, "refused for [redacted]");
  assert.doesNotMatch(text, /sk-secret/);
});

Deno.test("people get colours unless NO_COLOR is set, programs get JSON", () => {
  assert.equal(lineStyle(true, undefined), "coloured");
  assert.equal(lineStyle(true, ""), "coloured");
  assert.equal(lineStyle(true, "1"), "plain");
  assert.equal(lineStyle(false, undefined), "json");
});
