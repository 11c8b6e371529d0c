import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";

/** The hub's place for what one format alone knows. */
interface Native {
  readonly format: string;
  readonly members: JsonObject;
}

/** Wraps the members that the hub has no word for; undefined where there are none. */
export function nativeMembers(format: string, members: JsonObject): Native | undefined {
  return Object.keys(members).length === 0 ? undefined : { format, members };
}

/**
 * Puts members back where the same format's reader found them; those of another format stay out. A dotted name
 * (`image_url.crop`) goes into the object before its first dot, where there is one.
 */
export function withNative(object: JsonObject, native: Native | undefined, format: string): JsonObject {
  if (native?.format !== format) return object;
  return Object.entries(native.members).reduce((whole, [name, value]) => put(whole, name, value), object);
}

function put(object: JsonObject, name: string, value: unknown): JsonObject {
  const dot = name.indexOf(".");
  const inner = dot < 0 ? undefined : object[name.slice(0, dot)];
  return isJsonObject(inner)
    ? { ...object, [name.slice(0, dot)]: put(inner, name.slice(dot + 1), value) }
    : { ...object, [name]: value };
}
