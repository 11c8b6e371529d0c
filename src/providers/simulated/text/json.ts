import type { Buffer } from "node:buffer";
import { VendorRefusal } from "../vendor_refusal.ts";

/** A JSON object as it came: nothing is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The request body as an object; refuses with 400 what is not one. */
export function parseJsonObject(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new VendorRefusal(400, "We could not parse the JSON body of your request");
  }
  if (!isJsonObject(value)) throw new VendorRefusal(400, "The body of your request must be a JSON object");
  return value;
}

/** The member when it is a string, else undefined. */
export function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" ? value : undefined;
}

/** The member when it is a number, else undefined. */
export function numberIn(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === "number" ? value : undefined;
}

/** The member when it is an array, else an empty one. */
export function listIn(object: JsonObject, name: string): readonly unknown[] {
  const value = object[name];
  return Array.isArray(value) ? value : [];
}

/** The member when it is an object, else undefined. */
export function objectIn(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name];
  return isJsonObject(value) ? value : undefined;
}

/** The `model` member; refuses with 400 a request without one. */
export function modelIn(object: JsonObject): string {
  const model = textIn(object, "model");
  if (model === undefined || model === "") {
    throw new VendorRefusal(400, "you must provide a model parameter", { param: "model" });
  }
  return model;
}

/** The member as a whole number within bounds, `absent` without it; refuses with 400 anything else. */
export function countIn<T>(
  object: JsonObject,
  name: string,
  bounds: readonly [number, number],
  absent: T,
): number | T {
  const value = object[name];
  if (value === undefined || value === null) return absent;
  const [min, max] = bounds;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    throw new VendorRefusal(400, `Invalid '${name}': expected a whole number from ${min} to ${max}`, {
      param: name,
    });
  }
  return value;
}
