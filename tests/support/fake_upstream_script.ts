import { gzipSync } from "node:zlib";

/** One thing a fake upstream does on its connection. */
export type Step =
  /** Writes bytes; with `pieceBytes`, in pieces of that many, one write each. */
  | { readonly do: "send"; readonly bytes: Uint8Array; readonly pieceBytes?: number }
  /** Goes on when the test says so. */
  | { readonly do: "wait"; readonly until: Promise<void> }
  /** Takes that long; ends at once, leaving no timer, when the connection closes. */
  | { readonly do: "pause"; readonly forMs: number }
  /** Ends the connection in good order (FIN). */
  | { readonly do: "close" }
  /** Tears the connection down (RST). */
  | { readonly do: "reset" }
  /** Does nothing more and keeps the connection open. */
  | { readonly do: "stall" }
  /** Writes the same bytes again and again, as fast as the reader takes them. */
  | { readonly do: "endless"; readonly bytes: Uint8Array };

/** What is done with one request. After the last step the connection serves the next request. */
export interface Fault {
  /** `body`: acts as soon as the head is there and leaves the body unread. Absent: after the whole request. */
  readonly before?: "body";
  readonly steps: readonly Step[];
}

/** How an answer is built. */
export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** `length` says how long it is (the default), `chunked` frames it, `close` ends with the connection. */
  readonly framing?: "length" | "chunked" | "close";
  /** Writes the body in pieces of that many bytes. */
  readonly pieceBytes?: number;
}

const encoder = new TextEncoder();
const bytesOf = (body: string | Uint8Array) => typeof body === "string" ? encoder.encode(body) : body;

/** The pieces a `send` step is written in. */
export function byteStrings(step: Step & { do: "send" }): Uint8Array[] {
  const size = step.pieceBytes ?? step.bytes.length;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < step.bytes.length; at += size) pieces.push(step.bytes.subarray(at, at + size));
  return pieces;
}

/** A `send` step. */
export function send(body: string | Uint8Array, pieceBytes?: number): Step {
  const bytes = bytesOf(body);
  return pieceBytes === undefined ? { do: "send", bytes } : { do: "send", bytes, pieceBytes };
}

/** A status line with header fields and the empty line after them. */
export function headStep(status: number, headers: Readonly<Record<string, string>>): Step {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return send(`HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n`);
}

/** A whole, correct answer. JSON unless `headers` name another content type. */
export function answer(body: string | Uint8Array, options: AnswerOptions = {}): Fault {
  const bytes = bytesOf(body);
  const framing = options.framing ?? "length";
  const framed: Record<string, string> = framing === "length"
    ? { "content-length": String(bytes.length) }
    : framing === "chunked"
    ? { "transfer-encoding": "chunked" }
    : { connection: "close" };
  const head = headStep(options.status ?? 200, {
    "content-type": "application/json",
    ...options.headers,
    ...framed,
  });
  if (framing === "chunked") {
    const size = options.pieceBytes ?? Math.max(1, bytes.length);
    const pieces = byteStrings({ do: "send", bytes, pieceBytes: size });
    return { steps: [head, ...pieces.map((piece) => chunk(piece)), send("0\r\n\r\n")] };
  }
  const steps = bytes.length === 0 ? [head] : [head, send(bytes, options.pieceBytes)];
  return { steps: framing === "close" ? [...steps, { do: "close" }] : steps };
}

/** One chunk of a chunked body. */
export function chunk(body: string | Uint8Array): Step {
  const bytes = bytesOf(body);
  const framed = new Uint8Array([
    ...encoder.encode(`${bytes.length.toString(16)}\r\n`),
    ...bytes,
    ...encoder.encode("\r\n"),
  ]);
  return { do: "send", bytes: framed };
}

/** An event stream of the given pieces, one chunk each, ended in good order unless `then` tells otherwise. */
export function eventStream(pieces: readonly (string | Uint8Array)[], then?: readonly Step[]): Fault {
  return {
    steps: [
      headStep(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" }),
      ...pieces.map((piece) => chunk(piece)),
      ...(then ?? [send("0\r\n\r\n")]),
    ],
  };
}

/** One chat completion event of the OpenAI format. */
export function chatEvent(delta: object, finish: string | null = null): string {
  const choice = { index: 0, delta, "finish_reason": finish };
  const event = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [choice],
  };
  return `data: ${JSON.stringify(event)}\n\n`;
}

/** The events of a short, whole chat answer that says "Hello world". */
export const CHAT_EVENTS: readonly string[] = [
  chatEvent({ role: "assistant", content: "" }),
  chatEvent({ content: "Hello" }),
  chatEvent({ content: " world" }),
  chatEvent({}, "stop"),
  "data: [DONE]\n\n",
];

/** A short, whole chat answer, not streamed. */
export const CHAT_ANSWER =
  '{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello world"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}';

/** An error in OpenAI's envelope. */
export function errorAnswer(
  status: number,
  error: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  const body = { message: "It went wrong.", type: "server_error", param: null, code: null, ...error };
  return answer(JSON.stringify({ error: body }), { status, headers });
}

const HTML_PAGE = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Ray ID</body></html>";

/** The usual faults by name. `after` ones have sent content before they happen. */
export const FAULTS = {
  ok: answer(CHAT_ANSWER),
  okStream: eventStream(CHAT_EVENTS),
  resetBeforeHead: { steps: [{ do: "reset" }] },
  closedBeforeHead: { steps: [{ do: "close" }] },
  silent: { steps: [{ do: "stall" }] },
  badHead: { steps: [send("garbage\r\n\r\n"), { do: "close" }] },
  hugeHead: { steps: [send(`HTTP/1.1 200 OK\r\nx-large: ${"a".repeat(200_000)}\r\n\r\n`), { do: "close" }] },
  resetAfterHead: {
    steps: [headStep(200, { "content-type": "application/json", "content-length": "100" }), { do: "reset" }],
  },
  stallAfterHead: {
    steps: [headStep(200, { "content-type": "application/json", "content-length": "100" }), { do: "stall" }],
  },
  cutJson: {
    steps: [
      headStep(200, { "content-type": "application/json", "content-length": String(CHAT_ANSWER.length) }),
      send(CHAT_ANSWER.slice(0, 90)),
      { do: "close" },
    ],
  },
  cutJsonCloseDelimited: answer(CHAT_ANSWER.slice(0, 90), { framing: "close" }),
  badJson: answer('{"id":"chatcmpl-1","choices":[}'),
  html: answer(HTML_PAGE, { headers: { "content-type": "text/html" } }),
  html502: answer(HTML_PAGE, { status: 502, headers: { "content-type": "text/html" } }),
  gzipErrorPage: answer(gzipSync(HTML_PAGE), {
    status: 503,
    headers: { "content-type": "text/html", "content-encoding": "gzip" },
  }),
  empty200: answer(""),
  errorIn200: answer('{"error":{"message":"The server had an error","type":"server_error","code":null}}'),
  redirect: answer("", { status: 302, headers: { location: "http://127.0.0.1:1/elsewhere" } }),
  streamResetAfterHead: eventStream([], [{ do: "reset" }]),
  streamEmpty: eventStream([]),
  streamErrorFirst: eventStream([
    'data: {"error":{"message":"Overloaded","type":"server_error","code":"server_is_overloaded"}}\n\n',
  ]),
  streamStallBefore: eventStream(CHAT_EVENTS.slice(0, 1), [{ do: "stall" }]),
  streamCutBefore: eventStream(CHAT_EVENTS.slice(0, 1), [{ do: "close" }]),
  streamStallAfter: eventStream(CHAT_EVENTS.slice(0, 2), [{ do: "stall" }]),
  streamEndedAfter: eventStream(CHAT_EVENTS.slice(0, 2)),
  streamCutMidEvent: eventStream([...CHAT_EVENTS.slice(0, 2), 'data: {"id":"chatcmpl-1","obj'], [{
    do: "close",
  }]),
  streamBadChunkAfter: eventStream(CHAT_EVENTS.slice(0, 2), [send("zz\r\nnonsense\r\n"), { do: "stall" }]),
  streamErrorAfter: eventStream([
    ...CHAT_EVENTS.slice(0, 2),
    'data: {"error":{"message":"The server had an error","type":"server_error","code":null}}\n\n',
  ]),
} as const satisfies Readonly<Record<string, Fault>>;
