import type { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";

/** Largest body of a route that names no other bound, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * A JSON body of the wanted shape; an empty one counts as `{}`. Throws `GatewayError` with the member at fault:
 * `request_too_large`, `invalid_json`, `invalid_body`.
 */
export async function readBody<T>(
  chunks: AsyncIterable<Uint8Array>,
  shape: z.ZodType<T>,
  maxBytes = MAX_BODY_BYTES,
): Promise<T> {
  const text = await boundedText(chunks, maxBytes);
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch {
    throw new GatewayError("invalid_json", "The body is not valid JSON.");
  }
  return fitting(value, shape, "body");
}

/** What the shape makes of a value; throws `GatewayError` `invalid_body` that names the first member at fault. */
export function fitting<T>(value: unknown, shape: z.ZodType<T>, place: "body" | "query"): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...issue?.path ?? [], ...(unknown === undefined ? [] : [unknown])].join(".").slice(0, 200);
  const text = unknown === undefined ? issue?.message ?? "has another shape" : "no such member";
  throw new GatewayError(
    "invalid_body",
    `${path === "" ? place : `${place}: ${path}`}: ${text}. The shape is in /admin/openapi.json.`,
    path === "" ? {} : { param: path },
  );
}

/** Counts bytes as they come, because an announced length can lie. */
async function boundedText(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      throw new GatewayError("request_too_large", `The body is larger than ${maxBytes} bytes.`);
    }
    text += decoded(() => decoder.decode(chunk, { stream: true }));
  }
  return text + decoded(() => decoder.decode());
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new GatewayError("invalid_json", "The body is not valid UTF-8.");
  }
}
