import type * as z from "zod";
import { issueText } from "../schema/issue_problems.ts";

/** An entry of one of the file's lists that the schema accepts, and its index there. */
export interface Item<T> {
  readonly index: number;
  readonly file: T;
}

/** All entries of a list. */
export function numbered<T>(list: readonly T[]): Item<T>[] {
  return list.map((file, index) => ({ index, file }));
}

/**
 * The entries of a list that are sound by themselves, or would be without their unknown members. What is wrong
 * with an entry was told already; these are still checked against each other and for their secrets, so that
 * one slip does not hide the rest.
 */
export function soundItems<T>(schema: z.ZodType<T>, list: unknown): Item<T>[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry, index) => {
    let parsed = schema.safeParse(entry, { error: issueText });
    if (!parsed.success) parsed = schema.safeParse(withoutUnknown(entry, parsed.error.issues));
    return parsed.success ? [{ index, file: parsed.data }] : [];
  });
}

function withoutUnknown(entry: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const unknown = new Set(
    issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : []
    ),
  );
  if (unknown.size === 0 || typeof entry !== "object" || entry === null) return entry;
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !unknown.has(name)));
}
