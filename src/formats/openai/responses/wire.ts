import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { GatewayError } from "../../../core/errors.ts";

/** Type of the format, as signatures and members of its own carry it. */
export const RESPONSES = "openai_responses";

/** Throws `invalid_body`; `why` goes on after the field's name, without a full stop. */
export function invalid(param: string, why: string): never {
  throw new GatewayError("invalid_body", `The field '${param}' ${why}.`, { param });
}

/** The object without its undefined members, which `JSON.stringify` would leave out too. */
export function compact(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Members of a request's object, `at` being the object's own path; null counts as absent everywhere. */
export class Members {
  readonly object: JsonObject;
  readonly at: string;

  constructor(object: JsonObject, at = "") {
    this.object = object;
    this.at = at;
  }

  /** The path of a member, as errors name it. */
  path(name: string): string {
    return this.at === "" ? name : `${this.at}.${name}`;
  }

  /** The value itself; undefined for null. */
  value(name: string): unknown {
    return Object.hasOwn(this.object, name) ? this.object[name] ?? undefined : undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === "string") return value;
    return invalid(this.path(name), "must be a string");
  }

  /** A text that must be there and hold something. */
  needText(name: string): string {
    return this.text(name) || invalid(this.path(name), "is missing: it must be a string");
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    return value === undefined
      ? undefined
      : exactNumber(value) ?? invalid(this.path(name), "must be a number");
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === "boolean") return value;
    return invalid(this.path(name), "must be true or false");
  }

  members(name: string): Members | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    return isJsonObject(value)
      ? new Members(value, this.path(name))
      : invalid(this.path(name), "must be an object");
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    return Array.isArray(value) ? value : invalid(this.path(name), "must be an array");
  }

  /** The elements of a list, each an object. */
  objects(name: string): readonly Members[] | undefined {
    return this.list(name)?.map((element, index) => {
      const at = `${this.path(name)}[${index}]`;
      return isJsonObject(element) ? new Members(element, at) : invalid(at, "must be an object");
    });
  }

  /** What is not among `known` and not null, as `native` members under `other`; undefined where there is none. */
  others(known: ReadonlySet<string>): JsonObject | undefined {
    const rest = Object.entries(this.object).filter(([name, value]) => value !== null && !known.has(name));
    return rest.length === 0 ? undefined : Object.fromEntries(rest);
  }
}

/** `native` of a part or a tool out of the members that are defined; undefined where there is none. */
export function ownNative(members: JsonObject): { format: string; members: JsonObject } | undefined {
  const told = compact(members);
  return Object.keys(told).length === 0 ? undefined : { format: RESPONSES, members: told };
}

/** The `native` members of something, where this format read them; else none. */
export function ownMembersOf(
  thing: { readonly native?: { readonly format: string; readonly members: JsonObject } | undefined },
): JsonObject {
  return thing.native?.format === RESPONSES ? thing.native.members : {};
}
