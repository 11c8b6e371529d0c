import { type HeaderFields, headerValue } from "../../core/exchange.ts";

/** Whose API a client speaks, where the path alone does not tell: it decides lists, errors and account paths. */
export type Dialect = "openai" | "azure" | "anthropic" | "gemini";

/** What beside method and path tells the dialect. */
export interface DialectHints {
  readonly headers: HeaderFields;
  /** Raw query without `?`. */
  readonly query: string;
}

/** A path with whatever names the vendor taken off it. */
export interface PlainPath {
  /** As the vendor's own API has it under its usual root: `/v1/chat/completions`, `/v1beta/models/x:verb`. */
  readonly path: string;
  readonly dialect: Dialect;
  /** The model that an Azure deployment's path names. */
  readonly deployment?: string;
}

/** Explicit prefixes; `/openai` is Azure's own root too. */
const PREFIXES: readonly (readonly [string, Dialect])[] = [
  ["/anthropic/", "anthropic"],
  ["/gemini/", "gemini"],
  ["/azure/", "azure"],
];

const DEPLOYMENTS = "/openai/deployments/";

/**
 * Takes explicit prefixes and Azure's layout off a path, and tells the dialect: by the prefix, else by what the
 * client's SDK always sends (`anthropic-version`; `x-goog-api-key`, `x-goog-api-client` or `?key=`; `api-key`),
 * in the order of vendors' own habits: Anthropic's SDKs send `Authorization` like OpenAI's.
 */
export function plainPath(path: string, hints: DialectHints | undefined): PlainPath {
  for (const [prefix, dialect] of PREFIXES) {
    if (!path.startsWith(prefix)) continue;
    const rest = path.slice(prefix.length - 1);
    return dialect === "azure" && rest.startsWith("/openai/") ? azurePath(rest) : { path: rest, dialect };
  }
  if (path.startsWith("/openai/")) return azurePath(path);
  return { path, dialect: dialectOf(hints) };
}

/** `/openai/v1/*` are OpenAI's own paths, `/openai/deployments/{d}/*` and `/openai/*` the same without their version. */
function azurePath(path: string): PlainPath {
  if (path.startsWith(DEPLOYMENTS)) {
    const end = path.indexOf("/", DEPLOYMENTS.length);
    const deployment = decoded(path.slice(DEPLOYMENTS.length, end < 0 ? undefined : end));
    const rest = end < 0 ? "" : path.slice(end);
    if (deployment !== "") return { path: `/v1${rest}`, dialect: "azure", deployment };
  }
  const rest = path.slice("/openai".length);
  return { path: rest.startsWith("/v1/") ? rest : `/v1${rest}`, dialect: "azure" };
}

function dialectOf(hints: DialectHints | undefined): Dialect {
  if (hints === undefined) return "openai";
  const { headers, query } = hints;
  if (headers["anthropic-version"] !== undefined) return "anthropic";
  if (
    headers["x-goog-api-key"] !== undefined || headerValue(headers, "x-goog-api-client") !== undefined ||
    /(?:^|&)key=/.test(query)
  ) return "gemini";
  return headers["api-key"] === undefined ? "openai" : "azure";
}

/** Percent-decoded where that can be done. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
