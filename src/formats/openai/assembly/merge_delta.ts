import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";

/** Members that each fragment tells whole: the first one stays, where others are joined. */
const WHOLE = new Set(["id", "type", "role", "object", "index", "format"]);

/** Entries of a list, counted from its end, that a fragment may continue: bounds the work for a hostile stream. */
const MAX_OPEN_ITEMS = 256;

/** An object that holds foreign names safely: it has no prototype, so `__proto__` is a name like any other. */
export function foreignObject(): JsonObject {
  // Object.create is declared to return `any`.
  return Object.create(null) as JsonObject;
}

/**
 * Adds a fragment of a streamed message to what is there: text is joined, lists grow, entries of lists that carry
 * an `index` are joined with those of the same index, a null takes nothing away, anything else is replaced.
 */
export function mergeDelta(into: JsonObject, delta: JsonObject): void {
  for (const key of Object.keys(delta)) {
    into[key] = merged(key, into[key], delta[key]);
  }
}

/**
 * Whether merging one delta with the texts of several is the same as merging those one after the other, which differ in
 * members for which `isText` is true.
 */
export function mayJoinDeltas(delta: JsonObject, isText: (member: unknown) => boolean): boolean {
  return Object.keys(delta).every((key) => {
    const value = delta[key];
    if (isText(value)) return !WHOLE.has(key) && key !== "name";
    if (typeof value === "string") return value === "" || WHOLE.has(key);
    if (key === "tool_calls") return Array.isArray(value) && value.every((call) => isOneCall(call, isText));
    return key === "function" && isJsonObject(value)
      ? mayJoinDeltas(value, isText)
      : typeof value !== "object" || value === null;
  });
}

/** A call without an index may be another one each time. */
function isOneCall(call: unknown, isText: (member: unknown) => boolean): boolean {
  return isJsonObject(call) && typeof call.index === "number" && mayJoinDeltas(call, isText);
}

function merged(key: string, old: unknown, next: unknown): unknown {
  if (next === null || next === undefined) return old ?? null;
  if (Array.isArray(next)) {
    const list: unknown[] = Array.isArray(old) ? old : asParts(old);
    for (const item of next) mergeItem(key, list, item);
    return list;
  }
  if (typeof next === "string") {
    if (Array.isArray(old)) return withText(old, next);
    return typeof old === "string" ? joinedText(key, old, next) : next;
  }
  if (!isJsonObject(next)) return next;
  const object = isJsonObject(old) ? old : foreignObject();
  mergeDelta(object, next);
  return object;
}

function joinedText(key: string, old: string, next: string): string {
  if (WHOLE.has(key)) return old === "" ? next : old;
  // Some servers repeat a tool's whole name in each fragment, some send it in pieces.
  return key === "name" && old === next ? old : old + next;
}

/** Content that changes from text to parts keeps what it was. */
function asParts(old: unknown): unknown[] {
  return typeof old === "string" && old !== "" ? [textPart(old)] : [];
}

function withText(parts: unknown[], text: string): unknown[] {
  if (text === "") return parts;
  const last = parts.at(-1);
  if (isJsonObject(last) && last.type === "text" && typeof last.text === "string") last.text += text;
  else parts.push(textPart(text));
  return parts;
}

function textPart(text: string): JsonObject {
  return Object.assign(foreignObject(), { type: "text", text });
}

function mergeItem(key: string, list: unknown[], item: unknown): void {
  const old = isJsonObject(item) ? findItem(key, list, item) : undefined;
  if (old === undefined) list.push(merged(key, undefined, item));
  else mergeDelta(old, item as JsonObject); // findItem was asked because it is one.
}

/** The entry that a fragment continues, or undefined when it begins a new one. */
function findItem(key: string, list: readonly unknown[], item: JsonObject): JsonObject | undefined {
  const { index, id } = item;
  const hasId = typeof id === "string" && id !== "";
  const isNamed = isJsonObject(item.function) && typeof item.function.name === "string" &&
    item.function.name !== "";
  if (typeof index !== "number") {
    if (key !== "tool_calls") return undefined;
    // Google's compatible endpoint sends whole calls without an index; a nameless rest continues the last one.
    if (hasId) return lastOpen(list, (entry) => entry.id === id);
    return isNamed ? undefined : lastOpen(list, () => true);
  }
  const match = lastOpen(list, (entry) => entry.index === index);
  // A server that gives every parallel call index 0 tells them apart by id and name.
  const isOther = hasId && isNamed && typeof match?.id === "string" && match.id !== "" && match.id !== id;
  return isOther ? undefined : match;
}

function lastOpen(list: readonly unknown[], isIt: (entry: JsonObject) => boolean): JsonObject | undefined {
  const oldest = Math.max(0, list.length - MAX_OPEN_ITEMS);
  for (let at = list.length - 1; at >= oldest; at--) {
    const entry = list[at];
    if (isJsonObject(entry) && isIt(entry)) return entry;
  }
  return undefined;
}
