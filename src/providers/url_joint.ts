import { remember } from "../core/memory/remember.ts";

/** Scheme and authority, then the path; no user info, query or fragment: a base URL has none of them. */
const BASE_SHAPE = /^(https?:\/\/[^\s/?#\\@]+)(\/[^\s?#\\]*)?$/i;

/** A path segment that names an API version: `v1`, `v4`, `v1beta`, `v1alpha2`. */
const VERSION_SEGMENT = /^v\d+(?:(?:alpha|beta)\d*)?$/;

/** Characters that would end the path, change its meaning, or be rewritten on the way. */
// deno-lint-ignore no-control-regex -- control characters are exactly what must not pass
const UNSAFE = /[\u0000-\u0020\u007f-\uffff\\?#]/;

/** `.` or `..` as a whole segment, also percent-encoded or between encoded slashes: servers resolve them. */
const DOT_SEGMENT = /(?:^|\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?=$|\/|\\|%2f|%5c)/i;

/** Ends of base URLs that are complete endpoints; longer ones first, so that `/chat/completions` is not read as `/completions`. */
const COMPLETE_ENDPOINTS = [
  "/chat/completions",
  "/completions",
  "/responses",
  "/embeddings",
  "/moderations",
  "/images/generations",
  "/images/edits",
  "/images/variations",
  "/audio/speech",
  "/audio/transcriptions",
  "/audio/translations",
  "/messages",
] as const;

/** Pairs of base URL and path that are joined once: clients ask for a handful of paths. */
const REMEMBERED_JOINTS = 5_000;

/**
 * Joins a base URL and a front path (`/v1/chat/completions`, or any path below `/proxy/{name}`) by plain
 * concatenation; the version is taken once. The base may end in
 * - nothing, or a prefix without a version (`https://host/api/openai`): the whole front path follows it;
 * - a version (`…/v1`, `…/paas/v4`) or `openai` below one (`…/v1beta/openai`): the front's `/v1`, or its
 *   repetition of that same end, is left out;
 * - a complete endpoint (`…/v1/chat/completions`): the same front path goes exactly there, and others to
 *   its siblings, whether or not a version stands before it.
 *
 * Throws `RangeError` for a base that is not a plain `http(s)` URL, and for either part with an empty or dot
 * segment, a backslash, a query, a fragment, white space or other characters that must be percent-encoded:
 * so a client's path can never leave the base's origin and prefix.
 */
export function joinUpstreamUrl(baseUrl: string, frontPath: string): string {
  // Neither has a line feed: both are refused with one.
  return jointOf(`${baseUrl}\n${frontPath}`);
}

const jointOf = remember((pair) => {
  const end = pair.indexOf("\n");
  return joint(pair.slice(0, end), pair.slice(end + 1));
}, REMEMBERED_JOINTS);

function joint(baseUrl: string, frontPath: string): string {
  const shape = BASE_SHAPE.exec(baseUrl);
  if (shape === null) {
    throw new RangeError(
      "Cannot use the upstream URL: write http(s)://host/path without user, query or fragment",
    );
  }
  const origin = shape[1] ?? "";
  const prefix = (shape[2] ?? "").replace(/\/+$/, "");
  if (prefix !== "") refuseUnsafe(prefix, "the upstream URL's path");
  refuseUnsafe(frontPath, "the path");

  const endpoint = COMPLETE_ENDPOINTS.find((end) => prefix.endsWith(end));
  const root = endpoint === undefined ? prefix : prefix.slice(0, -endpoint.length);
  const version = endpoint === undefined ? versionTail(root) : (versionTail(root) ?? "/v1");
  const rest = version === undefined ? frontPath : withoutVersion(frontPath, version);
  return origin + root + rest;
}

/** The end of a base path from its version on: its last segment, or the nearest version above a closing `openai`. */
function versionTail(path: string): string | undefined {
  const segments = path.split("/");
  const last = segments.at(-1) ?? "";
  if (VERSION_SEGMENT.test(last)) return `/${last}`;
  if (last !== "openai") return undefined;
  const at = segments.findLastIndex((segment) => VERSION_SEGMENT.test(segment));
  return at < 0 ? undefined : `/${segments.slice(at).join("/")}`;
}

/** The path without a leading `/v1` or a repetition of the base's own end. */
function withoutVersion(path: string, tail: string): string {
  for (const lead of [tail, "/v1"]) {
    if (path === lead) return "";
    if (path.startsWith(`${lead}/`)) return path.slice(lead.length);
  }
  return path;
}

function refuseUnsafe(path: string, what: string): void {
  let wrong: string | undefined;
  if (!path.startsWith("/")) wrong = "it does not begin with '/'";
  else if (path.includes("//")) wrong = "it has an empty segment";
  else if (UNSAFE.test(path)) wrong = "it has a character that must be percent-encoded";
  else if (path.includes(".") || path.includes("%")) {
    if (DOT_SEGMENT.test(path)) wrong = "it has a '.' or '..' segment";
  }
  if (wrong !== undefined) throw new RangeError(`Cannot use ${what}: ${wrong}`);
}
