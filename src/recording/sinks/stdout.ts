import { Buffer } from "node:buffer";
import { AppendError, type RecordSink, type SinkKind } from "./sink.ts";

/** Records as lines on standard output, for hosts without a disk that collect what a process prints. */
export const stdout: SinkKind = {
  type: "stdout",
  summary: "Record lines on standard output, for hosts without a disk.",
  keepsTraining: false,
  open: () => Promise.resolve(stdoutSink((bytes) => Deno.stdout.write(bytes))),
};

/** The sink over any `write` that takes at least one byte and says how many it took. */
export function stdoutSink(write: (bytes: Uint8Array) => Promise<number>): RecordSink {
  // What a failure cut off cannot be taken back from a pipe: a line feed keeps the next line apart from it.
  let torn = false;
  return {
    async append(lines) {
      const prefix = torn ? LINE_FEED : NOTHING;
      const bytes = Buffer.concat([prefix, ...lines.map((line) => line.bytes)]);
      let at = 0;
      try {
        while (at < bytes.length) at += await write(bytes.subarray(at));
        torn = false;
      } catch (error) {
        let endsAt = prefix.length;
        // A line that lacks only its line feed counts as written: the next call begins with one.
        const unwritten = lines.filter((line) => (endsAt += line.bytes.length) > at + 1);
        if (at > 0) torn = bytes[at - 1] !== LINE_FEED[0];
        throw new AppendError("Cannot write records to standard output", unwritten, { cause: error });
      }
    },
    close: () => Promise.resolve(),
  };
}

const NOTHING = new Uint8Array(0);
const LINE_FEED = Uint8Array.of(0x0a);
