import type { ClientError, Format } from "../../formats/format.ts";
import type { PathClass } from "../../tenants/grants.ts";
import { decoded, type Dialect, type DialectHints, type PlainPath, plainPath } from "./dialect.ts";
import { formatOfPath, FORMATS } from "./path_rules.ts";

/** What the path itself says of model and streaming, where it does. */
export interface PathFacts {
  readonly model: string;
  /** Undefined: the body says. */
  readonly stream: boolean | undefined;
}

/** What a request's method, path and credentials' spelling say. */
export type Front =
  | {
    readonly kind: "format";
    readonly format: Format;
    readonly pathClass: PathClass;
    /** Path as the provider's `url()` takes it. */
    readonly path: string;
    readonly dialect: Dialect;
    readonly named: PathFacts | undefined;
    readonly isOpaque: false;
  }
  | { readonly kind: "models"; readonly id: string | undefined; readonly dialect: Dialect }
  | {
    readonly kind: "proxy";
    /** Pool or route named in the path. */
    readonly name: string;
    readonly path: string;
    /** The format, where the rest of the path is one we know: it gets failover, limits and records as under `/v1`. */
    readonly format: Format;
    readonly dialect: Dialect;
    readonly named: PathFacts | undefined;
    readonly pathClass: PathClass;
    /** No format knows the path: nothing of its bodies is read, either way. */
    readonly isOpaque: boolean;
  };

/** Where a vendor lists its models; what follows is one model's name. */
const MODEL_LISTS = ["/v1/models", "/v1beta/models", "/v1alpha/models"];

/** Formats of the paths that no format of its own serves, by dialect. */
const OTHER_FORMATS: Readonly<Record<Dialect, string>> = {
  openai: "openai_other",
  azure: "openai_other",
  anthropic: "anthropic_other",
  gemini: "gemini_other",
};

/** What serves `method path`; undefined when nothing of the data plane does. */
export function frontOf(method: string, path: string, hints?: DialectHints): Front | undefined {
  if (path.startsWith("/proxy/")) return proxyFront(method, path);
  const plain = plainPath(path, hints);
  const models = method === "GET" ? modelsFront(plain) : undefined;
  if (models !== undefined) return models;
  const format = formatOf(method, plain);
  if (format === undefined) return undefined;
  return {
    kind: "format",
    format,
    pathClass: grantClass(format, method, plain.path),
    path: plain.path,
    dialect: plain.dialect,
    named: namedBy(format, plain),
    isOpaque: false,
  };
}

/** The format that errors of a front are told in: its own, its dialect's, and OpenAI's where it has none. */
export function formatFor(front: Front | undefined): Format {
  if (front === undefined) return FORMATS.get("openai_other");
  return front.kind === "models" ? otherFormat(front.dialect) : front.format;
}

/** How an error is told to whoever asked for `path`: the body as JSON text, and the status its SDKs expect. */
export function errorAnswerFor(
  request: { readonly method: string; readonly path: string } & Partial<DialectHints>,
  error: ClientError,
): { readonly body: string; readonly status: number; readonly requestIdField: string } {
  const { method, path, headers, query = "" } = request;
  const format = formatFor(frontOf(method, path, headers && { headers, query }));
  return {
    body: format.errorBody(error),
    status: format.errorStatus?.(error) ?? error.status,
    requestIdField: requestIdField(format),
  };
}

/** The response field in which the format's SDKs look for the id of a request. */
export function requestIdField(format: Format): string {
  return format.type.startsWith("anthropic_") ? "request-id" : "x-request-id";
}

function modelsFront({ path, dialect }: PlainPath): Front | undefined {
  for (const list of MODEL_LISTS) {
    if (path !== list && !path.startsWith(`${list}/`)) continue;
    const id = path === list ? undefined : decoded(path.slice(list.length + 1));
    return { kind: "models", id, dialect: list === "/v1/models" ? dialect : "gemini" };
  }
  return undefined;
}

function proxyFront(method: string, path: string): Front | undefined {
  const slash = path.indexOf("/", "/proxy/".length);
  const name = decoded(path.slice("/proxy/".length, slash < 0 ? undefined : slash));
  if (name === "") return undefined;
  const rest = slash < 0 ? "/" : path.slice(slash);
  const known = formatOfPath(method, rest);
  const format = known ?? FORMATS.get("openai_other");
  const pathClass = known === undefined ? "proxy" : grantClass(known, method, rest);
  const named = known && namedBy(known, { path: rest, dialect: "openai" });
  return {
    ...{ kind: "proxy", name, path: rest, format, dialect: "openai", named, pathClass },
    isOpaque: known === undefined,
  };
}

/** A path that only OpenAI's open-ended format takes is the dialect's own business. */
function formatOf(method: string, { path, dialect }: PlainPath): Format | undefined {
  const format = formatOfPath(method, path);
  return format?.type === "openai_other" ? otherFormat(dialect) : format;
}

function otherFormat(dialect: Dialect): Format {
  return FORMATS.find(OTHER_FORMATS[dialect]) ?? FORMATS.get("openai_other");
}

function namedBy(format: Format, { path, deployment }: PlainPath): PathFacts | undefined {
  if (deployment !== undefined) return { model: deployment, stream: undefined };
  return format.pathModel?.read(path);
}

function grantClass(format: Format, method: string, path: string): PathClass {
  return typeof format.grant === "function" ? format.grant(method, path) : format.grant;
}
