import type { HeaderFields } from "../../core/exchange.ts";

/**
 * Header fields by lower-case name from the flat list of a request's head. Fields of one name become an array:
 * `node:http`'s own object joins some, keeps the first of others and so hides that there were two. The object
 * has no prototype, so that a field named `constructor` or `__proto__` is only a field.
 */
export function headerFields(rawHeaders: readonly string[]): HeaderFields {
  // An object without a prototype has no members yet, which is what an empty HeaderFields is.
  const fields = Object.create(null) as HeaderFields;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    const value = rawHeaders[i + 1] ?? "";
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (typeof before === "string") fields[name] = [before, value];
    else before.push(value);
  }
  return fields;
}
