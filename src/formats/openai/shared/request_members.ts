import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { GatewayError } from "../../../core/errors.ts";

/** The error for what OpenAI would refuse as malformed; `expected` completes "must be". */
export function malformed(param: string, expected: string): GatewayError {
  return new GatewayError("invalid_body", `'${param}' must be ${expected}.`, { param });
}

/**
 * The members of one JSON object of a request, checked as they are read: what is there and of another type throws
 * `GatewayError` `invalid_body`. A null counts as absent, as it does at OpenAI. Whoever has read all it knows finds
 * the others in {@link rest}.
 */
export class RequestMembers {
  readonly #members: JsonObject;
  readonly #path: string;
  readonly #known = new Set<string>();

  /** `path` is where the object stands in the body, as `messages[2]`; empty for the body itself. */
  constructor(members: JsonObject, path = "") {
    this.#members = members;
    this.#path = path;
  }

  /** Reads `value` as an object that stands at `path`. */
  static of(value: unknown, path: string): RequestMembers {
    if (!isJsonObject(value)) throw malformed(path, "an object");
    return new RequestMembers(value, path);
  }

  /** How the client finds a member in its body. */
  param(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  value(name: string): unknown {
    this.#known.add(name);
    return this.#members[name] ?? undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value !== undefined && typeof value !== "string") throw malformed(this.param(name), "a string");
    return value;
  }

  /** A string that must be there. */
  requiredText(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw malformed(this.param(name), "there, a string");
    return text;
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = exactNumber(value);
    if (number === undefined) throw malformed(this.param(name), "a number");
    return number;
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value !== undefined && typeof value !== "boolean") throw malformed(this.param(name), "true or false");
    return value;
  }

  object(name: string): JsonObject | undefined {
    const value = this.value(name);
    if (value !== undefined && !isJsonObject(value)) throw malformed(this.param(name), "an object");
    return value;
  }

  /** An object's own members, or undefined where it is absent. */
  inner(name: string): RequestMembers | undefined {
    const object = this.object(name);
    return object && new RequestMembers(object, this.param(name));
  }

  /** An object's own members; it must be there. */
  requiredInner(name: string): RequestMembers {
    return RequestMembers.of(this.value(name), this.param(name));
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.value(name);
    if (value !== undefined && !Array.isArray(value)) throw malformed(this.param(name), "a list");
    return value;
  }

  /** Those of the named members that are there, as they came. */
  pick(names: readonly string[]): JsonObject {
    const found = names.map((name) => [name, this.value(name)] as const);
    return Object.fromEntries(found.filter(([, value]) => value !== undefined));
  }

  /** What nobody has asked for so far, each name with `prefix` before it; nulls are left out. */
  rest(prefix = ""): JsonObject {
    const entries = Object.entries(this.#members)
      .filter(([name, value]) => !this.#known.has(name) && value !== null)
      .map(([name, value]) => [prefix + name, value] as const);
    return Object.fromEntries(entries);
  }
}
