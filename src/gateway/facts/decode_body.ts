import type { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { GatewayError } from "../../core/errors.ts";
import { type ReadLimits, takeRoom } from "./body_collector.ts";

type Decoder = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: Error | null, decoded: Buffer) => void,
) => void;

/** Codings a client may send (IANA HTTP content codings); Codex compresses large bodies with zstd. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: zlib.gunzip,
  "x-gzip": zlib.gunzip,
  deflate: zlib.inflate,
  br: zlib.brotliDecompress,
  zstd: zlib.zstdDecompress,
};

/** Text shrinks to a fifth or a tenth; what shrank more is decoded twice, with all the room it may need. */
const USUAL_GROWTH = 16;
const LEAST_ROOM_BYTES = 64 * 1024;

/**
 * Undoes a content coding, off the event loop, in room taken from the budget: that of the result is the caller's to
 * give back. Throws `GatewayError`: `unsupported_encoding` for another coding or several, `request_too_large` when
 * more than `maxBytes` come out, `overloaded` where what may come out finds no room, `invalid_body` for damaged bytes.
 */
export async function decodeBody(bytes: Uint8Array, coding: string, limits: ReadLimits): Promise<Uint8Array> {
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decoder === undefined) {
    throw new GatewayError(
      "unsupported_encoding",
      "The request's content-encoding is not known here. Send gzip, deflate, br, zstd or none.",
    );
  }
  const { maxBytes } = limits;
  const usualBytes = Math.max(LEAST_ROOM_BYTES, bytes.length * USUAL_GROWTH);
  for (const roomBytes of usualBytes < maxBytes ? [usualBytes, maxBytes] : [maxBytes]) {
    const decoded = await decodedWithin(bytes, { decoder, coding, roomBytes, budget: limits.budget });
    if (decoded !== undefined) return decoded;
  }
  throw tooLarge(maxBytes);
}

/** Undefined where more than `roomBytes` come out. */
async function decodedWithin(
  bytes: Uint8Array,
  { decoder, coding, roomBytes, budget }: {
    decoder: Decoder;
    coding: string;
    roomBytes: number;
    budget: ReadLimits["budget"];
  },
): Promise<Uint8Array | undefined> {
  takeRoom(budget, roomBytes);
  let keptBytes = 0;
  try {
    const decoded = await new Promise<Uint8Array | undefined>((resolve, reject) => {
      decoder(bytes, { maxOutputLength: roomBytes }, (error, whole) => {
        if (error === null) return resolve(whole);
        if ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return resolve(undefined);
        reject(
          new GatewayError(
            "invalid_body",
            `The request body is not valid ${coding}, though its content-encoding says so.`,
          ),
        );
      });
    });
    keptBytes = decoded?.length ?? 0;
    return decoded;
  } finally {
    budget.give(roomBytes - keptBytes);
  }
}

/** The refusal of a body over `maxBytes`. */
export function tooLarge(maxBytes: number): GatewayError {
  const megabytes = Math.round(maxBytes / 1024 / 1024);
  return new GatewayError(
    "request_too_large",
    `The request body is larger than ${megabytes} MB. Send less, or ask the operator to raise 'defaults.body.max'.`,
  );
}
