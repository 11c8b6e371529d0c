import { MODELS, type Route, type Target } from "../contenders/contender.ts";

/** What a request asks for. */
export interface Question {
  readonly route: Route;
  /** About how long the body is to be, in bytes. */
  readonly sizeBytes: number;
  /** For a stream: its content chunks and the time between two. */
  readonly stream?: { readonly chunks: number; readonly everyMs: number };
}

const SENTENCE = "Tell me about the sea and its tides, please. ";

/** A chat body of the size asked for. */
export function questionBody({ route, sizeBytes, stream }: Question): string {
  const body = (content: string) =>
    JSON.stringify({
      model: MODELS[route],
      user: stream === undefined ? "bench" : `chunks=${stream.chunks} every=${stream.everyMs}`,
      ...(stream === undefined ? {} : { stream: true }),
      temperature: 0.7,
      messages: [{ role: "system", content: "Answer in short." }, { role: "user", content }],
    });
  const rest = Math.max(0, sizeBytes - body("").length);
  return body(SENTENCE.repeat(Math.ceil(rest / SENTENCE.length)).slice(0, rest));
}

/** A whole HTTP/1.1 request as bytes. */
export function requestBytes(target: Target, body: string): Uint8Array<ArrayBuffer> {
  const fields = Object.entries({
    host: `127.0.0.1:${target.port}`,
    "content-type": "application/json",
    "content-length": String(body.length),
    ...target.headers,
  });
  const head = `POST ${target.path} HTTP/1.1\r\n` +
    fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new TextEncoder().encode(`${head}\r\n${body}`);
}
