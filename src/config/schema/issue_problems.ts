import type * as z from "zod";
import type { Path } from "../text/document.ts";
import { BETWEEN_MEMBERS } from "./fields.ts";

/** One thing the schema finds wrong. */
export interface IssueProblem {
  readonly path: Path;
  readonly message: string;
  /** True: the member's name is at fault, not its value. */
  readonly atName: boolean;
}

/**
 * Words for what zod finds by itself, to be handed to `safeParse`; what a field says of itself goes before.
 * No text repeats the value at fault: it may be a secret.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is required";
      if (issue.expected === "int" && typeof issue.input === "number") return "must be a whole number";
      return `must be ${NOUNS[issue.expected] ?? `a ${issue.expected}`}, not ${nounOf(issue.input)}`;
    case "too_small":
      return issue.origin === "array"
        ? `must have at least ${issue.minimum} ${issue.minimum === 1 ? "entry" : "entries"}`
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return issue.origin === "array"
        ? `must have at most ${issue.maximum} entries`
        : issue.origin === "string"
        ? `must be at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  int: "a whole number",
  boolean: "true or false",
};

function nounOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}

/** Flattens zod's issues: each unknown member by itself, and of a union only the branch that was meant. */
export function issueProblems(issues: readonly z.core.$ZodIssue[], below: Path = []): IssueProblem[] {
  return issues.flatMap((issue) => {
    // zod allows symbols in paths; a config read from text has none.
    const path = [...below, ...issue.path] as Path;
    if (issue.code === "unrecognized_keys") {
      const texts = issue.message.split(BETWEEN_MEMBERS);
      return issue.keys.map((name, at) => ({
        path: [...path, name],
        message: texts[at] ?? "unknown member",
        atName: true,
      }));
    }
    if (issue.code === "invalid_union") {
      const meant = issue.errors.find((branch) => branch.length > 0 && !branch.some(isOtherKind));
      if (meant !== undefined) return issueProblems(meant, path);
    }
    return [{ path, message: issue.message, atName: false }];
  });
}

/** Whether a branch of a union failed because the value is of another kind altogether. */
function isOtherKind(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}
