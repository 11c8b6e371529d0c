import { registryOf } from "../../core/registry.ts";
import type { ClientError, Format } from "../../formats/format.ts";
import * as formatModule from "../../formats/mod.ts";
import type { PathClass } from "../../tenants/grants.ts";

/** What a request's method and path alone say. */
export type Front =
  | {
    readonly kind: "format";
    readonly format: Format;
    readonly pathClass: PathClass;
    /** Path as the provider's `url()` takes it. */
    readonly path: string;
    readonly isOpaque: false;
  }
  | { readonly kind: "models"; readonly id: string | undefined }
  | {
    readonly kind: "proxy";
    /** Pool or route named in the path. */
    readonly name: string;
    readonly path: string;
    /** The format, where the rest of the path is one we know: it gets failover, limits and records as under `/v1`. */
    readonly format: Format;
    readonly pathClass: PathClass;
    /** No format knows the path: nothing of its bodies is read, either way. */
    readonly isOpaque: boolean;
  };

const formats = registryOf<Format>(formatModule);

interface PathRule {
  readonly method: string;
  readonly segments: readonly string[];
  readonly openEnded: boolean;
  readonly format: Format;
}

/** The special before the general: whole paths before open-ended ones, longer before shorter. */
const rules: readonly PathRule[] = formats.all.flatMap((format) =>
  format.paths.map((rule) => {
    const [method = "", path = ""] = rule.split(" ");
    const openEnded = path.endsWith("*");
    const segments = (openEnded ? path.slice(0, -1) : path).split("/").slice(1);
    return { method, segments, openEnded, format };
  })
).sort((a, b) => Number(a.openEnded) - Number(b.openEnded) || b.segments.length - a.segments.length);

/** What serves `method path`; undefined when nothing of the data plane does. */
export function frontOf(method: string, path: string): Front | undefined {
  if (path === "/v1/models" && method === "GET") return { kind: "models", id: undefined };
  if (path.startsWith("/v1/models/") && method === "GET") {
    return { kind: "models", id: safeDecode(path.slice("/v1/models/".length)) };
  }
  if (path.startsWith("/proxy/")) return proxyFront(method, path);
  const format = formatOf(method, path);
  if (format === undefined) return undefined;
  return { kind: "format", format, pathClass: grantClass(format, method, path), path, isOpaque: false };
}

/** The format that errors of a front are told in: its own, and OpenAI's where it has none. */
export function formatFor(front: Front | undefined): Format {
  return front === undefined || front.kind === "models" ? formats.get("openai_other") : front.format;
}

/** JSON text of an error in the format that `path` speaks. */
export function errorBodyFor(method: string, path: string, error: ClientError): string {
  return formatFor(frontOf(method, path)).errorBody(error);
}

function proxyFront(method: string, path: string): Front | undefined {
  const slash = path.indexOf("/", "/proxy/".length);
  const name = safeDecode(path.slice("/proxy/".length, slash < 0 ? undefined : slash));
  if (name === "") return undefined;
  const rest = slash < 0 ? "/" : path.slice(slash);
  const known = formatOf(method, rest);
  const format = known ?? formats.get("openai_other");
  const pathClass = known === undefined ? "proxy" : grantClass(known, method, rest);
  return { kind: "proxy", name, path: rest, format, pathClass, isOpaque: known === undefined };
}

function formatOf(method: string, path: string): Format | undefined {
  const segments = path.split("/").slice(1);
  return rules.find((rule) => matches(rule, method, segments))?.format;
}

function matches(rule: PathRule, method: string, segments: readonly string[]): boolean {
  if (rule.method !== "*" && rule.method !== method) return false;
  if (rule.openEnded ? segments.length < rule.segments.length : segments.length !== rule.segments.length) {
    return false;
  }
  return rule.segments.every((wanted, at) => {
    const segment = segments[at] ?? "";
    if (wanted.startsWith("{")) return segment !== "";
    return rule.openEnded && at === rule.segments.length - 1
      ? segment.startsWith(wanted)
      : segment === wanted;
  });
}

function grantClass(format: Format, method: string, path: string): PathClass {
  return typeof format.grant === "function" ? format.grant(method, path) : format.grant;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
