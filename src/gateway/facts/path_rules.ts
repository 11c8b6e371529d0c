import { remember } from "../../core/memory/remember.ts";
import { registryOf } from "../../core/registry.ts";
import type { Format } from "../../formats/format.ts";
import * as formatModule from "../../formats/mod.ts";

/** All wire formats. */
export const FORMATS = registryOf<Format>(formatModule);

interface PathRule {
  readonly method: string;
  readonly segments: readonly string[];
  readonly openEnded: boolean;
  /** `:generateContent`; empty where the pattern names none. */
  readonly verb: string;
  readonly format: Format;
}

/** The special before the general: verbs, then whole paths before open-ended ones, longer before shorter. */
const rules: readonly PathRule[] = FORMATS.all.flatMap((format) =>
  format.paths.map((pattern) => ruleOf(pattern, format))
).sort((a, b) =>
  Number(a.verb === "") - Number(b.verb === "") || Number(a.openEnded) - Number(b.openEnded) ||
  b.segments.length - a.segments.length
);

/** Paths whose format is remembered: most requests are for a handful. */
const REMEMBERED_PATHS = 1_000;

/** The format whose patterns hold for a front path; undefined when no pattern does. */
export function formatOfPath(method: string, path: string): Format | undefined {
  return formatOfTarget(`${method} ${path}`);
}

const formatOfTarget = remember((target): Format | undefined => {
  const space = target.indexOf(" ");
  const [method, path] = [target.slice(0, space), target.slice(space + 1)];
  const segments = path.split("/").slice(1);
  return rules.find((rule) => matches(rule, method, path, segments))?.format;
}, REMEMBERED_PATHS);

function ruleOf(pattern: string, format: Format): PathRule {
  const [method = "", path = ""] = pattern.split(" ");
  const star = path.indexOf("*");
  const openEnded = star >= 0;
  const segments = (openEnded ? path.slice(0, star) : path).split("/").slice(1);
  return { method, segments, openEnded, verb: openEnded ? path.slice(star + 1) : "", format };
}

function matches(rule: PathRule, method: string, path: string, segments: readonly string[]): boolean {
  if (rule.method !== "*" && rule.method !== method) return false;
  if (rule.openEnded ? segments.length < rule.segments.length : segments.length !== rule.segments.length) {
    return false;
  }
  if (!path.endsWith(rule.verb)) return false;
  return rule.segments.every((wanted, at) => {
    const segment = segments[at] ?? "";
    if (wanted.startsWith("{")) return segment !== "";
    return rule.openEnded && at === rule.segments.length - 1
      ? segment.startsWith(wanted)
      : segment === wanted;
  });
}
