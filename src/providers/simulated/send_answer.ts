import { Buffer } from "node:buffer";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { PacedEvent, SimulatedAnswer } from "./answer.ts";

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
    sendPieces(response, piecesOf(answer.events), pace);
  } else {
    response.writeHead(200, { ...headers, "content-type": answer.contentType });
    sendPieces(response, answer.pieces.map((bytes) => ({ bytes, tokens: 1 })), pace);
  }
}

function* piecesOf(events: Iterable<PacedEvent>): Generator<Piece> {
  for (const { text, tokens } of events) yield { bytes: text, tokens };
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

function sendPieces(response: ServerResponse, all: Iterable<Piece>, pace: SendPace): void {
  const { runtime, tokensPerSecond } = pace;
  const startMs = runtime.monotonic();
  const pieces = (pace.cut ? firstHalf(all) : all)[Symbol.iterator]();
  let next = pieces.next();
  let sentTokens = 0;
  let timer: Timer | undefined;
  response.on("close", () => timer?.cancel());

  const pump = () => {
    if (response.destroyed) return;
    while (!next.done) {
      const piece = next.value;
      if (tokensPerSecond !== undefined && piece.tokens > 0) {
        // The first token is due at once: the script's latency stood before it.
        const waitMs = startMs + sentTokens * 1000 / tokensPerSecond - runtime.monotonic();
        if (waitMs > 0) {
          timer = runtime.after(waitMs, pump);
          return;
        }
      }
      sentTokens += piece.tokens;
      next = pieces.next();
      if (pace.cut && next.done) {
        response.write(piece.bytes, () => response.destroy());
        return;
      }
      if (!response.write(piece.bytes)) {
        response.once("drain", pump);
        return;
      }
    }
    response.end();
  };
  pump();
}

/** The pieces up to the middle, at least one. */
function firstHalf(all: Iterable<Piece>): readonly Piece[] {
  const pieces = [...all];
  return pieces.slice(0, Math.max(1, pieces.length >> 1));
}
