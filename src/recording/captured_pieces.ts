import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { joinBytes } from "../core/bytes/join_bytes.ts";

/** A stretch of captured bytes. */
export interface Piece {
  /** As they came, or compressed. */
  readonly bytes: Uint8Array;
  /** Size of what is compressed; undefined: nothing is. */
  readonly unpackedBytes: number | undefined;
}

/** The fastest level; a stream's events repeat so much that others gain little. */
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The bytes compressed; as they are where that does not make them smaller. */
export function packed(bytes: Uint8Array): Piece {
  const compressed = zstdCompressSync(bytes, PACKING);
  if (compressed.length >= bytes.length) return { bytes, unpackedBytes: undefined };
  // A copy of its own size: what comes out may stand in a much larger buffer.
  return { bytes: new Uint8Array(compressed), unpackedBytes: bytes.length };
}

/** The bytes of a piece as they came. */
export function unpacked({ bytes, unpackedBytes }: Piece): Uint8Array {
  return unpackedBytes === undefined ? bytes : zstdDecompressSync(bytes);
}

/** All pieces in one, `sizeBytes` long; the only one itself where it owns most of its memory. */
export function joined(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const only = pieces[0];
  if (only !== undefined && pieces.length === 1 && only.buffer.byteLength <= 2 * sizeBytes) return only;
  return joinBytes(pieces, sizeBytes);
}
