import assert from "node:assert/strict";
import { AppendError, type SinkLine } from "../../../src/recording/sinks/sink.ts";
import { stdoutSink } from "../../../src/recording/sinks/stdout.ts";

function lineOf(text: string): SinkLine {
  return { kind: "record", bytes: new TextEncoder().encode(`${text}\n`), endedMs: 0 };
}

Deno.test("lines are written whole however little the other side takes at a time", async () => {
  let out = "";
  const sink = stdoutSink((bytes) => {
    const taken = Math.min(3, bytes.length);
    out += new TextDecoder().decode(bytes.subarray(0, taken));
    return Promise.resolve(taken);
  });
  await sink.append([lineOf("first"), lineOf("second")]);
  await sink.close();
  assert.equal(out, "first\nsecond\n");
});

Deno.test("a line cut by a failure is told as unwritten, and the next begins on a line of its own", async () => {
  for (let failAt = 0; failAt <= 12; failAt++) {
    let out = "";
    let failing = true;
    const sink = stdoutSink((bytes) => {
      const taken = failing ? Math.min(failAt - out.length, bytes.length) : bytes.length;
      if (taken <= 0) return Promise.reject(new Error("EPIPE"));
      out += new TextDecoder().decode(bytes.subarray(0, taken));
      return Promise.resolve(taken);
    });
    const error = await sink.append([lineOf("first"), lineOf("second")]).then(() => undefined, (e) => e);
    assert.ok(error instanceof AppendError);
    failing = false;
    await sink.append(error.unwritten);
    const whole = out.split("\n").filter((line) => line === "first" || line === "second");
    assert.deepEqual(whole, ["first", "second"], `failed after ${failAt} bytes: ${JSON.stringify(out)}`);
  }
});
