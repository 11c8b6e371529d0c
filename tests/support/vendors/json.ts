/** Reading of parsed JSON without casts: what is not of the kind asked for reads as empty. */

/** An object's members. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** Whether it is an object: no array, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The elements of an array. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string, else the empty one. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A request that the vendor answers with a 400. */
export class VendorRefusal extends Error {
  constructor(message: string, readonly param: string | null = null) {
    super(message);
  }
}

/** Refuses with that message. */
export function refuse(message: string, param: string | null = null): never {
  throw new VendorRefusal(message, param);
}

/** Refuses members that are not among the known ones, in the words that `say` finds for the first. */
export function onlyKnown(
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  say: (name: string) => string,
): void {
  for (const name of Object.keys(value)) if (!known.has(name)) refuse(say(name), name);
}

/** The names in one line of text, as a set. */
export function words(line: string): ReadonlySet<string> {
  return new Set(line.split(/\s+/).filter((word) => word !== ""));
}
