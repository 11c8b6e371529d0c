import { Buffer } from "node:buffer";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Secret } from "../../core/secret.ts";
import type { Refusal } from "../classify.ts";

/** What stands where an upstream repeated the key it was called with. */
const REDACTED = "[redacted]";

/** The fields less those that repeat the endpoint's key; the same object where none does. */
export function fieldsWithoutKey(fields: HeaderFields, key: Secret | undefined): HeaderFields {
  if (key === undefined) return fields;
  const text = key.reveal();
  let kept = fields;
  for (const name in fields) {
    const value = fields[name];
    const repeats = typeof value === "string"
      ? value.includes(text)
      : value?.some((one) => one.includes(text));
    if (repeats !== true) continue;
    if (kept === fields) kept = { ...fields };
    delete kept[name];
  }
  return kept;
}

/**
 * The refusal with the endpoint's key taken out of its body: relays and debugging servers repeat the request they
 * refuse, and the client must not learn the key by it. Answers that are no errors pass as they are.
 */
export function refusalWithoutKey(refusal: Refusal, key: Secret | undefined): Refusal {
  const body = bytesWithoutKey(refusal.body, key);
  return body === refusal.body ? refusal : { ...refusal, body };
}

/** The bytes with the endpoint's key taken out wherever it stands in them; the same object where it does not. */
export function bytesWithoutKey(bytes: Uint8Array, key: Secret | undefined): Uint8Array {
  if (key === undefined) return bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.indexOf(key.reveal()) < 0) return bytes;
  // One character a byte, so that the other bytes stay as they are whatever they mean.
  return Buffer.from(buffer.toString("latin1").replaceAll(key.reveal(), REDACTED), "latin1");
}
