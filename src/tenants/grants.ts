import { matcherOf } from "../core/pattern.ts";
import type { Grants } from "./tenant.ts";

/** What a path is, as far as grants are concerned. */
export type PathClass = "inference" | "account" | "proxy";

const CLASSES: readonly string[] = ["inference", "account", "proxy", "*"];

/** Reads a tenant's `paths`: class names, `*`, and path patterns such as `/v1/files*`. */
export function grantsOf(paths: readonly string[]): Grants {
  const all = paths.includes("*");
  return {
    all,
    inference: all || paths.includes("inference"),
    account: all || paths.includes("account"),
    proxy: all || paths.includes("proxy"),
    allowsPath: matcherOf(paths.filter((path) => !CLASSES.includes(path))),
  };
}

/** Whether `grants` open `path` of that class. */
export function isGranted(grants: Grants, pathClass: PathClass, path: string): boolean {
  return grants[pathClass] || grants.allowsPath(path);
}
