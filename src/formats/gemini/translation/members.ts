import { GatewayError } from "../../../core/errors.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";

/**
 * The members of one object of a request, taken out one by one; what is left at the end nobody knew. The API
 * takes names in camelCase and in snake_case (the JSON mapping of Protocol Buffers), so both are looked up by the
 * former; a null is an absent member. Values of the wrong kind throw `GatewayError` `invalid_body` with `param`.
 */
export class Members {
  readonly #values = new Map<string, unknown>();
  /** Where the object stands, as errors name it; empty for the body itself. */
  readonly path: string;

  constructor(object: JsonObject, path: string) {
    this.path = path;
    for (const [name, value] of Object.entries(object)) {
      if (value !== null) this.#values.set(camelCase(name), value);
    }
  }

  /** The value of a member, whatever it is. */
  take(name: string): unknown {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  /** Whether a member is there and not taken. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.#wrong(name, "must be a string");
  }

  /** A number, also where it is spelt as a string, as the JSON mapping allows. */
  number(name: string): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : exactNumber(value);
    if (number !== undefined && Number.isFinite(number)) return number;
    throw this.#wrong(name, "must be a number");
  }

  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#wrong(name, "must be true or false");
  }

  texts(name: string): string[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((item) => typeof item === "string")) return list;
    throw this.#wrong(name, "must be a list of strings");
  }

  /** A JSON object as it came. */
  json(name: string): JsonObject | undefined {
    const value = this.take(name);
    if (value === undefined || isJsonObject(value)) return value;
    throw this.#wrong(name, "must be an object");
  }

  object(name: string): Members | undefined {
    const value = this.json(name);
    return value === undefined ? undefined : new Members(value, this.at(name));
  }

  /** A list of objects; the API takes a single object for a list of one. */
  objects(name: string): Members[] {
    const value = this.take(name);
    if (value === undefined) return [];
    const isList = Array.isArray(value);
    const list: unknown[] = isList ? value : [value];
    return list.map((item, at) => {
      const path = isList ? `${this.at(name)}[${at}]` : this.at(name);
      if (!isJsonObject(item)) throw invalid(path, "must be an object");
      return new Members(item, path);
    });
  }

  /** Where a member stands, as errors name it. */
  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  /** What was not taken, by names in camelCase; undefined when that is nothing. */
  rest(): JsonObject | undefined {
    return this.#values.size === 0 ? undefined : Object.fromEntries(this.#values);
  }

  #wrong(name: string, demand: string): GatewayError {
    return invalid(this.at(name), demand);
  }
}

/** The error for a field that the vendor would refuse as malformed. */
export function invalid(param: string, demand: string): GatewayError {
  return new GatewayError("invalid_body", `The field '${param}' ${demand}. Correct it and send it again.`, {
    param,
  });
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
