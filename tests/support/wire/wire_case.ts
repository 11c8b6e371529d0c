import { Buffer } from "node:buffer";
import type { RecordOutcome } from "../../../src/recording/record.ts";
import { answer, CHAT_ANSWER, type Fault } from "../fake_upstream_script.ts";
import type { WireField } from "../fake_upstream_parser.ts";

/** One request and its answer, to be sent straight to an upstream and through the gateway. */
export interface WireCase {
  readonly name: string;
  readonly method: string;
  /** Request target as the gateway gets it. */
  readonly target: string;
  /** The target as an upstream gets it; where it is the same, the same. */
  readonly upstreamTarget: string;
  /** Beside `Host`, the credential and the framing. */
  readonly fields: readonly WireField[];
  readonly body: Uint8Array;
  readonly framing: "length" | "chunked" | "none";
  /** The body is written in pieces of that many bytes. */
  readonly pieceBytes: number;
  /** What the upstream must get, where a published edit changes the body. */
  readonly upstreamBody: Uint8Array;
  /** The request as it is recorded. */
  readonly recordedBody: Uint8Array;
  readonly answer: Fault;
  /** What the client must get of the answer's body, where a published edit changes it. */
  readonly answerBody: Uint8Array | undefined;
  readonly outcome: RecordOutcome;
}

/** What of a case is not the usual: `POST /v1/chat/completions` with JSON of a known length, answered well. */
export interface WireCaseOptions {
  readonly method?: string;
  readonly target?: string;
  readonly upstreamTarget?: string;
  readonly fields?: readonly WireField[];
  readonly body?: string | Uint8Array;
  readonly framing?: WireCase["framing"];
  readonly pieceBytes?: number;
  readonly upstreamBody?: string | Uint8Array;
  readonly recordedBody?: string | Uint8Array;
  readonly answer?: Fault;
  readonly answerBody?: string | Uint8Array;
  readonly outcome?: RecordOutcome;
}

/** Completes a case. A string body is sent as UTF-8. */
export function wireCase(name: string, options: WireCaseOptions = {}): WireCase {
  const method = options.method ?? "POST";
  const target = options.target ?? "/v1/chat/completions";
  const body = Buffer.from(options.body ?? (method === "POST" ? '{"model":"m","messages":[]}' : ""));
  const upstreamBody = options.upstreamBody === undefined ? body : Buffer.from(options.upstreamBody);
  return {
    name,
    method,
    target,
    upstreamTarget: options.upstreamTarget ?? target,
    fields: options.fields ?? (body.length > 0 ? [["Content-Type", "application/json"]] : []),
    body,
    framing: options.framing ?? (body.length > 0 || method === "POST" ? "length" : "none"),
    pieceBytes: options.pieceBytes ?? 65_536,
    upstreamBody,
    recordedBody: options.recordedBody === undefined ? upstreamBody : Buffer.from(options.recordedBody),
    answer: options.answer ?? answer(CHAT_ANSWER),
    answerBody: options.answerBody === undefined ? undefined : Buffer.from(options.answerBody),
    outcome: options.outcome ?? "ok",
  };
}

/** The case's request as bytes, for `target`, under a tenant's key. */
export function requestPieces(each: WireCase, target: string, key: string): Uint8Array[] {
  const framing = each.framing === "length"
    ? [`Content-Length: ${each.body.length}`]
    : each.framing === "chunked"
    ? ["Transfer-Encoding: chunked"]
    : [];
  const head = [
    `${each.method} ${target} HTTP/1.1`,
    "Host: gate.example",
    `Authorization: Bearer ${key}`,
    ...each.fields.map(([name, value]) => `${name}: ${value}`),
    ...framing,
  ];
  const pieces: Uint8Array[] = [Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1")];
  for (let at = 0; at < each.body.length; at += each.pieceBytes) {
    const piece = each.body.subarray(at, at + each.pieceBytes);
    pieces.push(each.framing === "chunked" ? chunked(piece) : piece);
  }
  if (each.framing === "chunked") pieces.push(Buffer.from("0\r\n\r\n"));
  return pieces;
}

/** One chunk, with an extension and a size in capitals and zeros: all of that is framing. */
function chunked(piece: Uint8Array): Uint8Array {
  const size = piece.length.toString(16).toUpperCase().padStart(4, "0");
  return Buffer.concat([Buffer.from(`${size};note="a b"\r\n`), piece, Buffer.from("\r\n")]);
}
