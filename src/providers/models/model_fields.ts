import type { DiscoveredModel } from "../provider.ts";

/** Longest name of a model that is taken from a list, in characters; the config knows no longer ones. */
const MAX_NAME_LENGTH = 256;

/** Members under which a list tells the most input tokens, and the most output tokens; the first that is there counts. */
export interface WindowMembers {
  readonly context: readonly string[];
  readonly output: readonly string[];
}

/** An object of a vendor's answer; anything else is one without members. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  // JSON.parse made it: a plain object with string keys.
  return value as Readonly<Record<string, unknown>>;
}

/** An array of a vendor's answer; anything else is an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text of a vendor's answer; undefined for an empty one and for anything else. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One model of a list; undefined where `id` is no name that a request could carry. */
export function discovered(
  id: unknown,
  displayName: unknown,
  holders: readonly unknown[],
  members: WindowMembers,
): DiscoveredModel | undefined {
  const name = text(id);
  if (name === undefined || name.length > MAX_NAME_LENGTH || /[\s\p{Cc}"\\*]/u.test(name)) return undefined;
  const shown = text(displayName);
  const contextWindow = firstCount(holders, members.context);
  const maxOutputTokens = firstCount(holders, members.output);
  return {
    id: name,
    ...(shown === undefined ? {} : { displayName: shown.slice(0, MAX_NAME_LENGTH) }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/** The first member that is a count of tokens. */
function firstCount(holders: readonly unknown[], members: readonly string[]): number | undefined {
  for (const holder of holders) {
    for (const member of members) {
      const value = record(holder)[member];
      if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    }
  }
  return undefined;
}
