import { Buffer } from "node:buffer";
import { type IncomingMessage, request } from "node:http";
import type { Runtime } from "../../core/runtime.ts";

/** One question of the demo's traffic. */
export interface Question {
  readonly model: string;
  readonly stream: boolean;
  readonly text: string;
}

/** What came of it, as a client sees it. */
export interface Heard {
  /** A whole answer: 200, and for a stream its end mark. */
  readonly ok: boolean;
  /** Who served it, by the answer's own words; undefined when nobody did. */
  readonly upstream: string | undefined;
  /** Attempts the gateway says it made; 0 when it did not say. */
  readonly attempts: number;
  /** From the question to the first byte of the answer, for streams that were answered. */
  readonly firstTokenMs: number | undefined;
}

/** Most of an answer that is kept to be looked at. */
const MAX_ANSWER_BYTES = 256 * 1024;

const NOTHING: Heard = { ok: false, upstream: undefined, attempts: 0, firstTokenMs: undefined };

/** Asks the gateway at `url` once and hears the answer to its end; never rejects. `signal` hangs up. */
export function ask(
  gateway: { readonly url: string; readonly tenantKey: string },
  question: Question,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Heard> {
  const body = JSON.stringify({
    model: question.model,
    stream: question.stream,
    messages: [{ role: "user", content: question.text }],
  });
  const startMs = runtime.monotonic();
  return new Promise((resolve) => {
    const call = request(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.tenantKey}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
      // Without a pool of connections: a demo that ends must leave none behind.
      agent: false,
      signal,
    });
    call.on("error", () => resolve(NOTHING));
    call.on(
      "response",
      (answer) => resolve(hear(answer, question.stream, () => runtime.monotonic() - startMs)),
    );
    call.end(body);
  });
}

function hear(answer: IncomingMessage, stream: boolean, elapsedMs: () => number): Promise<Heard> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let firstTokenMs: number | undefined;
  return new Promise((resolve) => {
    const settle = () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const ended = answer.complete && (!stream || text.includes("data: [DONE]"));
      resolve({
        ok: answer.statusCode === 200 && ended,
        upstream: /"system_fingerprint":"fp_simulated_([a-z]+)"/.exec(text)?.[1],
        attempts: Number(answer.headers["x-tidegate-attempts"] ?? 0) || 0,
        firstTokenMs: stream && answer.statusCode === 200 ? firstTokenMs : undefined,
      });
    };
    answer.on("data", (chunk: Buffer) => {
      firstTokenMs ??= elapsedMs();
      sizeBytes += chunk.length;
      if (sizeBytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
    });
    answer.on("error", settle);
    answer.on("close", settle);
  });
}
