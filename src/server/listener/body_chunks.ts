import { Buffer } from "node:buffer";

/** What ends a body in chunks (RFC 9112 §7.1). */
export const LAST_CHUNK = Buffer.from("0\r\n\r\n");

const CR = 0x0d;
const LF = 0x0a;

/** The bytes as one chunk of HTTP (RFC 9112 §7.1), copied. They must not be empty: that would be the end. */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  return framed(bytes, 0);
}

/** The bytes as the last chunk, empty ones as none, and what ends the body. */
export function lastChunksOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return LAST_CHUNK;
  const chunks = framed(bytes, LAST_CHUNK.length);
  chunks.set(LAST_CHUNK, chunks.length - LAST_CHUNK.length);
  return chunks;
}

function framed(bytes: Uint8Array, roomBytes: number): Uint8Array {
  const size = bytes.length.toString(16);
  const chunk = Buffer.allocUnsafe(size.length + 2 + bytes.length + 2 + roomBytes);
  let at = 0;
  for (; at < size.length; at++) chunk[at] = size.charCodeAt(at);
  chunk[at++] = CR;
  chunk[at++] = LF;
  chunk.set(bytes, at);
  at += bytes.length;
  chunk[at++] = CR;
  chunk[at] = LF;
  return chunk;
}
