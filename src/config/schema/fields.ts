/**
 * The kinds of values that config is made of. Each says in its own words what it must be; what a wrong value
 * was is never repeated, since it may be a secret in the wrong place.
 * @module
 */
import * as z from "zod";
import { nearest } from "../text/nearest.ts";
import { DURATION_PATTERN, formatDuration, parseDurationMs } from "./duration.ts";
import { formatSize, parseSizeBytes, SIZE_PATTERN } from "./size.ts";

/** Separates the texts of several unknown members in one message of zod's; see `issue_problems.ts`. */
export const BETWEEN_MEMBERS = "\n";

/** Longest list in a config: keys, upstreams, models, routes. */
export const MAX_LIST = 200_000;

/** A strict object: an unknown member is an error that names the nearest known one. */
export function object<T extends z.core.$ZodShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      return issue.keys.map((name) => {
        const meant = nearest(name, known);
        return meant === undefined
          ? `unknown member; known here: ${known.join(", ")}`
          : `unknown member; did you mean "${meant}"?`;
      }).join(BETWEEN_MEMBERS);
    },
  });
}

/** What a field says of a wrong value; of one that is not there, that it is required. */
export function says(text: string): (issue: { readonly input?: unknown }) => string {
  return (issue) => issue.input === undefined ? "is required" : text;
}

/** One of a closed set of words; a wrong one is told the nearest. */
export function word<const T extends string>(words: readonly T[]) {
  return z.enum(words, {
    error: (issue) => issue.input === undefined ? "is required" : oneOfText(words, issue.input),
  });
}

/** What {@link word} says of a wrong value. */
export function oneOfText(words: readonly string[], given: unknown): string {
  const all = words.map((one) => `"${one}"`).join(", ");
  const meant = typeof given === "string" ? nearest(given, words) : undefined;
  return `must be one of ${all}${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}

/** What each registered thing is, for the description of a member that names one. */
export function summaries(things: readonly { readonly type: string; readonly summary: string }[]): string {
  return things.map(({ type, summary }) => `${type}: ${summary.replace(/\.$/, "")}.`).join(" ");
}

/** A duration in milliseconds, between two bounds in milliseconds. */
export function duration(minMs: number, maxMs: number) {
  const error = says('must be a duration in double quotes with its unit: "250ms", "30s", "5m", "1h" or "2d"');
  return z.string({ error }).regex(DURATION_PATTERN, { error, abort: true }).transform((text, context) => {
    const durationMs = parseDurationMs(text);
    if (durationMs < minMs || durationMs > maxMs) {
      const message = `must be from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
      context.issues.push({ code: "custom", message, input: text });
    }
    return durationMs;
  });
}

/** A size in bytes, between two bounds in bytes. */
export function size(minBytes: number, maxBytes: number) {
  const error = says(
    'must be a size in double quotes with its unit: "64KB", "32MB" or "10GB" (powers of 1024)',
  );
  return z.string({ error }).regex(SIZE_PATTERN, { error, abort: true }).transform((text, context) => {
    const sizeBytes = parseSizeBytes(text);
    if (sizeBytes < minBytes || sizeBytes > maxBytes) {
      const message = `must be from ${formatSize(minBytes)} to ${formatSize(maxBytes)}`;
      context.issues.push({ code: "custom", message, input: text });
    }
    return sizeBytes;
  });
}

/** A share: 0 takes no new traffic. */
export function weight() {
  return z.number().min(0).max(1_000_000);
}

/** A name of ours, fit for a URL path, a file name and a log line. */
export function label() {
  const error = says("must be 1 to 64 letters, digits, '.', '_' or '-', and begin with a letter or digit");
  return z.string({ error }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error });
}

/** A model's name as a client or an upstream spells it, or a pattern in which `*` stands for any run of characters. */
export function model() {
  const error = says(
    "must be a model name or a pattern with '*', without white space, at most 256 characters",
  );
  return z.string({ error }).regex(/^[^\s\p{Cc}"\\]{1,256}$/u, { error });
}

/** A list of {@link model}. */
export function models() {
  return z.array(model()).max(MAX_LIST);
}

/** A secret, or where it is: `env:NAME`, `file:PATH`. What is wrong with one is said where it is resolved. */
export function secret() {
  return z.string({ error: says('must be a key in double quotes, "env:NAME" or "file:PATH"') });
}
