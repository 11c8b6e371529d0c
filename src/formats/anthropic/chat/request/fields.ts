import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { CacheMark } from "../../../../core/chat.ts";
import { GatewayError } from "../../../../core/errors.ts";
import { OWN_FORMAT } from "../signatures.ts";

/** Refuses a body that the vendor would refuse as malformed. `param` is where, `what` what must stand there. */
export function malformed(param: string, what: string): never {
  throw new GatewayError(
    "invalid_body",
    `'${param}' must be ${what}. Correct it and send the request again.`,
    {
      param,
    },
  );
}

/** The value as an object. */
export function objectAt(value: unknown, param: string): JsonObject {
  return isJsonObject(value) ? value : malformed(param, "an object");
}

/** The value as a list. */
export function listAt(value: unknown, param: string): readonly unknown[] {
  return Array.isArray(value) ? value : malformed(param, "a list");
}

/** The value as text. */
export function textAt(value: unknown, param: string): string {
  return typeof value === "string" ? value : malformed(param, "a string");
}

/** The value as text that is not empty. */
export function nameAt(value: unknown, param: string): string {
  return typeof value === "string" && value !== "" ? value : malformed(param, "a string that is not empty");
}

/** The value as a number, or undefined where there is none. */
export function optionalNumber(value: unknown, param: string): number | undefined {
  return isAbsent(value) ? undefined : exactNumber(value) ?? malformed(param, "a number");
}

/** The value as true or false, or undefined where there is none. */
export function optionalFlag(value: unknown, param: string): boolean | undefined {
  if (isAbsent(value)) return undefined;
  return typeof value === "boolean" ? value : malformed(param, "true or false");
}

/** Whether a member is not there; null means the same to the vendor. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** `cache_control` as the hub has it. */
export function cacheAt(value: unknown, param: string): { readonly cache?: CacheMark } {
  if (isAbsent(value)) return {};
  const { ttl } = objectAt(value, param);
  return { cache: isAbsent(ttl) ? {} : { ttl: textAt(ttl, `${param}.ttl`) } };
}

/** The members that the hub has no word for, under this format's name; nothing where there are none. */
export function nativeOf(
  members: JsonObject,
): { readonly native?: { readonly format: string; readonly members: JsonObject } } {
  const told = Object.entries(members).filter(([, value]) => !isAbsent(value));
  return told.length === 0 ? {} : { native: { format: OWN_FORMAT, members: Object.fromEntries(told) } };
}
