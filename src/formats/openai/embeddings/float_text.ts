import { Buffer } from "node:buffer";

/** Bytes of one number: OpenAI packs vectors as IEEE 754 single precision, little-endian. */
const FLOAT_BYTES = 4;

/** Packs a vector as OpenAI does for `encoding_format: base64`. */
export function writeFloats(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * FLOAT_BYTES);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * FLOAT_BYTES);
  return bytes.toString("base64");
}

/** Unpacks one; bytes at the end that make no whole number are left out. */
export function readFloats(text: string): readonly number[] {
  const bytes = Buffer.from(text, "base64");
  const length = Math.floor(bytes.length / FLOAT_BYTES);
  return Array.from({ length }, (_, at) => bytes.readFloatLE(at * FLOAT_BYTES));
}
