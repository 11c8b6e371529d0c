import { Buffer } from "node:buffer";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { SimulatedAnswer } from "./answer.ts";

/** How an answer is sent. */
export interface SendPace {
  readonly runtime: Runtime;
  /** Undefined: as fast as the client takes it. */
  readonly tokensPerSecond: number | undefined;
  /** Break the connection off in the middle. */
  readonly cut: boolean;
}

/** Sends the whole answer; a client that reads slowly slows it, and one that leaves ends it. */
export function sendAnswer(
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  answer: SimulatedAnswer,
  pace: SendPace,
): void {
  if (answer.kind === "whole") {
    sendWhole(response, headers, answer.contentType, answer.body, pace.cut);
  } else if (answer.kind === "events") {
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
    });
    sendPieces(response, answer.events.map((event) => ({ bytes: event.text, tokens: event.tokens })), pace);
  } else {
    response.writeHead(200, { ...headers, "content-type": answer.contentType });
    sendPieces(response, answer.pieces.map((bytes) => ({ bytes, tokens: 1 })), pace);
  }
}

function sendWhole(
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  contentType: string,
  body: string | Uint8Array,
  cut: boolean,
): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  headers["content-type"] = contentType;
  headers["content-length"] = bytes.length;
  response.writeHead(200, headers);
  if (!cut) response.end(bytes);
  // Destroyed only once the half is out: the client must see a cut answer, not a refused one.
  else response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

interface Piece {
  readonly bytes: string | Uint8Array;
  readonly tokens: number;
}

function sendPieces(response: ServerResponse, pieces: readonly Piece[], pace: SendPace): void {
  const { runtime, tokensPerSecond } = pace;
  const startMs = runtime.monotonic();
  const end = pace.cut ? pieces.length >> 1 : pieces.length;
  let next = 0;
  let sentTokens = 0;
  let timer: Timer | undefined;
  response.on("close", () => timer?.cancel());

  const pump = () => {
    if (response.destroyed) return;
    while (next < end) {
      const piece = pieces[next];
      if (piece === undefined) break;
      if (tokensPerSecond !== undefined && piece.tokens > 0) {
        // The first token is due at once: the script's latency stood before it.
        const waitMs = startMs + sentTokens * 1000 / tokensPerSecond - runtime.monotonic();
        if (waitMs > 0) {
          timer = runtime.after(waitMs, pump);
          return;
        }
      }
      next++;
      sentTokens += piece.tokens;
      if (pace.cut && next === end) {
        response.write(piece.bytes, () => response.destroy());
        return;
      }
      if (!response.write(piece.bytes)) {
        response.once("drain", pump);
        return;
      }
    }
    if (pace.cut) response.destroy();
    else response.end();
  };
  pump();
}
