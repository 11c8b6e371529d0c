/**
 * What scanning a request, splitting a stream and watching it after its commit cost. Run with
 * `deno bench -A tests/bench/scan_bench.ts`; the targets are in the names.
 */
import { scanTopLevel } from "../../src/core/bytes/json_span.ts";
import { SseSplitter } from "../../src/core/bytes/sse.ts";
import type { Format } from "../../src/formats/format.ts";
import { openaiChat } from "../../src/formats/openai/openai_chat.ts";
import { openaiOther } from "../../src/formats/openai/openai_other.ts";
import { openaiResponses } from "../../src/formats/openai/openai_responses.ts";
import { atOnce } from "../../src/core/time/steps.ts";

const encoder = new TextEncoder();
const NAMES = ["model", "stream"];

function chatBody(content: string, count: number): Uint8Array {
  const messages = Array.from({ length: count }, () => ({ role: "user", content }));
  return encoder.encode(JSON.stringify({ model: "gpt-4o", temperature: 0.7, messages, stream: true }));
}

function benchScan(name: string, body: Uint8Array, baseline = false): void {
  Deno.bench({
    name: `${name} (${body.length} bytes)`,
    group: "scan",
    baseline,
    fn: () => void scanTopLevel(body, NAMES),
  });
}

benchScan("1 MB of long strings, target 2,000 µs", chatBody("a".repeat(100_000), 10), true);
benchScan("1 MB of program text", chatBody(`${"x".repeat(39)}\n`.repeat(2_500), 10));
benchScan(
  "1 MB of tokens",
  encoder.encode(JSON.stringify({ model: "m", input: Array(150_000).fill(123_456) })),
);
benchScan("1 KB, target 2 µs", chatBody("Tell me about the sea and its tides, please.\n".repeat(20), 1));
benchScan("a short chat", chatBody("Hello", 1));

const CHUNK = `data: ${
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: { content: " word" }, ["finish_reason"]: null }],
  })
}\n\n`;

const splitter = new SseSplitter({ event() {}, oversized() {} });
const chunk = encoder.encode(CHUNK);
Deno.bench({
  name: "split one event in a chunk",
  group: "stream",
  baseline: true,
  fn: () => splitter.push(chunk),
});

function benchReader(name: string, format: Format, event: string): void {
  const reader = format.streamReader();
  const bytes = encoder.encode(event);
  reader.push(bytes);
  Deno.bench({
    name: `${name}, after the commit, target 1 µs (${bytes.length} bytes)`,
    group: "stream",
    fn: () => void reader.push(bytes),
  });
}

benchReader("chat", openaiChat, CHUNK);
benchReader(
  "responses",
  openaiResponses,
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"delta":" word"}\n\n',
);
benchReader("other", openaiOther, `data: {"type":"speech.audio.delta","audio":"${"A".repeat(60)}"}\n\n`);

const STREAM = encoder.encode(CHUNK.repeat(1_000));
Deno.bench({
  name: "assemble 1,000 chat events",
  group: "assemble",
  fn: () => void atOnce(openaiChat.assemble(STREAM)),
});
