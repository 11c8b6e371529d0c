import type { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { GatewayError } from "../../core/errors.ts";

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

/**
 * Undoes a content coding, off the event loop. Throws `GatewayError`: `unsupported_encoding` for another coding
 * or several, `request_too_large` when more than `maxBytes` come out, `invalid_body` for damaged bytes.
 */
export function decodeBody(bytes: Uint8Array, coding: string, maxBytes: number): Promise<Uint8Array> {
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decoder === undefined) {
    throw new GatewayError(
      "unsupported_encoding",
      "The request's content-encoding is not known here. Send gzip, deflate, br, zstd or none.",
    );
  }
  return new Promise((resolve, reject) => {
    decoder(bytes, { maxOutputLength: maxBytes }, (error, decoded) => {
      if (error === null) return resolve(decoded);
      const overflow = "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      reject(
        overflow ? tooLarge(maxBytes) : new GatewayError(
          "invalid_body",
          `The request body is not valid ${coding}, though its content-encoding says so.`,
        ),
      );
    });
  });
}

/** The refusal of a body over `maxBytes`. */
export function tooLarge(maxBytes: number): GatewayError {
  const megabytes = Math.round(maxBytes / 1024 / 1024);
  return new GatewayError(
    "request_too_large",
    `The request body is larger than ${megabytes} MB. Send less, or ask the operator to raise 'defaults.body.max'.`,
  );
}
