import assert from "node:assert/strict";
import { MAX_EVENT_BYTES, OVERSIZED_HEAD_BYTES, SseSplitter } from "../../../src/core/bytes/sse.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What a splitter tells of chunks: `name|data` for an event, `oversized name|head` for a passed one. */
function split(chunks: readonly Uint8Array[], flush = false): string[] {
  const told: string[] = [];
  const splitter = new SseSplitter({
    event: (name, data) => told.push(`${name}|${decode(data)}`),
    oversized: (name, head) => told.push(`oversized ${name}|${decode(head)}`),
  });
  for (const chunk of chunks) splitter.push(chunk);
  if (flush) splitter.flush();
  return told;
}

/** The same for every way to cut the text in two, and byte by byte; all must agree. */
function splitAnywhere(text: string): string[] {
  const bytes = encode(text);
  const whole = split([bytes]);
  for (let cut = 1; cut < bytes.length; cut++) {
    assert.deepEqual(split([bytes.subarray(0, cut), bytes.subarray(cut)]), whole, `cut at ${cut}`);
  }
  assert.deepEqual(split(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole, "byte by byte");
  return whole;
}

Deno.test("events end with an empty line, whatever the line ends and chunks", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = ["data: one", "", "event: e", "data: two é 😀", "", "data:three", "", ""].join(end);
    assert.deepEqual(splitAnywhere(text), ["|one", "e|two é 😀", "|three"], JSON.stringify(end));
  }
  assert.deepEqual(splitAnywhere("data: a\r\n\ndata: b\n\r\ndata: c\r\r\n"), ["|a", "|b", "|c"]);
});

Deno.test("data lines are joined by LF, and one space after the colon is not data", () => {
  assert.deepEqual(splitAnywhere("data: a\ndata:b\ndata:  c\ndata\ndata:\n\n"), ["|a\nb\n c\n\n"]);
  assert.deepEqual(splitAnywhere("data\n\n"), ["|"]);
});

Deno.test("comments, unknown fields and events without data are passed over", () => {
  const text =
    ": OPENROUTER PROCESSING\n\n:\nid: 7\nretry: 10\ndatax: no\ndata: a\n:in between\nfoo\n\nevent: lonely\n\ndata: b\n\n";
  assert.deepEqual(splitAnywhere(text), ["|a", "|b"]);
});

Deno.test("an event's name is its own: the next one does not inherit it", () => {
  assert.deepEqual(splitAnywhere("event: x\ndata: 1\n\ndata: 2\n\nevent:x\ndata: 3\n\nevent\ndata: 4\n\n"), [
    "x|1",
    "|2",
    "x|3",
    "|4",
  ]);
});

Deno.test("a byte order mark is passed over at the start alone", () => {
  assert.deepEqual(splitAnywhere("\ufeffdata: a\n\n\ufeffdata: b\n\n"), ["|a"]);
  const notQuite = [Uint8Array.of(0xef), Uint8Array.of(0xbb), encode("\n\ndata: a\n\n")];
  assert.deepEqual(split(notQuite), ["|a"]);
});

Deno.test("the last event needs its closing line, unless the splitter is flushed", () => {
  assert.deepEqual(split([encode("data: a\n\ndata: b\n")]), ["|a"]);
  assert.deepEqual(split([encode("data: a\n\ndata: b\n")], true), ["|a", "|b"]);
  assert.deepEqual(split([encode("data: a\n\ndata: {cut")], true), ["|a", "|{cut"]);
  assert.deepEqual(split([encode("data: a\n\n")], true), ["|a"]);
});

Deno.test("an event over the limit goes by unread, once, with its beginning, and the next is seen again", () => {
  const large = `event: big\ndata: {"type":"t"}${"x".repeat(MAX_EVENT_BYTES)}\n`;
  const text = encode(`data: a\n\n${large}data: more\n\ndata: b\n\n`);
  const head = `{"type":"t"}${"x".repeat(OVERSIZED_HEAD_BYTES)}`.slice(0, OVERSIZED_HEAD_BYTES);
  const expected = ["|a", `oversized big|${head}`, "|b"];
  assert.deepEqual(split([text]), expected);
  for (const sizeBytes of [1000, 65_536]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < text.length; at += sizeBytes) chunks.push(text.subarray(at, at + sizeBytes));
    assert.deepEqual(split(chunks), expected, `in chunks of ${sizeBytes}`);
  }
  const lines = encode(`${"data: 12345678\n".repeat(MAX_EVENT_BYTES / 10)}\ndata: b\n\n`);
  assert.deepEqual(split([lines]).map((told) => told.slice(0, 10)), ["oversized ", "|b"]);
});

Deno.test("an event exactly at the limit is still told", () => {
  const data = "x".repeat(MAX_EVENT_BYTES - "data: ".length);
  assert.deepEqual(split([encode(`data: ${data}\n\n`)]), [`|${data}`]);
});

Deno.test("an event in one chunk is handed on without a copy", () => {
  const chunk = encode("data: abc\n\n");
  let seen: Uint8Array | undefined;
  new SseSplitter({ event: (_name, data) => seen = data, oversized: () => {} }).push(chunk);
  assert.equal(seen?.buffer, chunk.buffer);
});

Deno.test("other lines may be put in between events and after comments, not inside an event", () => {
  const splitter = new SseSplitter({ event: () => {}, oversized: () => {} });
  const between = (text: string) => {
    splitter.push(encode(text));
    return splitter.betweenEvents;
  };
  assert.equal(splitter.betweenEvents, true);
  assert.equal(between("da"), false);
  assert.equal(between("ta: a"), false);
  assert.equal(between("\n"), false);
  assert.equal(between("\n"), true);
  assert.equal(between(": comment"), false);
  assert.equal(between("\n"), true);
  assert.equal(between("event: e\n"), false);
  assert.equal(between(`data: ${"x".repeat(MAX_EVENT_BYTES)}`), false);
  assert.equal(between("x\r\n"), false);
  assert.equal(between("\r\n"), true);
});
