import { decodeJsonString, parseJson, type Span } from "../../core/bytes/json_span.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";

/**
 * Request fields by which clients name their sessions, the narrowest first: Claude Code (2.1.329), codex (0.169)
 * and those before it, and what others have come to use.
 */
const SESSION_HEADERS = [
  "x-claude-code-session-id",
  "session-id",
  "session_id",
  "x-session-id",
  "thread-id",
  "conversation_id",
] as const;

/**
 * Members of a body that do the same, the narrowest first; a dotted one stands inside the first. What names a user
 * comes last: it joins all sessions of one. (OpenAI's `prompt_cache_key`, `safety_identifier` and `user`; Claude
 * Code's `metadata.user_id` holds its session's id.)
 */
const SESSION_MEMBERS = [
  "prompt_cache_key",
  "metadata.session_id",
  "metadata.user_id",
  "safety_identifier",
  "user",
] as const;

/** Longest `metadata` that is looked into, in bytes: OpenAI allows 16 pairs of 64 and 512 characters. */
const MAX_METADATA_BYTES = 16_384;

/** Top-level members that {@link sessionOf} asks for; hints only. */
export const SESSION_HINTS: readonly string[] = ["prompt_cache_key", "metadata", "safety_identifier", "user"];

/** What names the request's session: which field, and its value; undefined where none does. */
export function sessionOf(
  headers: HeaderFields,
  body: { readonly bytes: Uint8Array; readonly members: ReadonlyMap<string, Span> } | undefined,
): { readonly field: string; readonly value: string } | undefined {
  for (const field of SESSION_HEADERS) {
    const value = headerValue(headers, field);
    if (value !== undefined && value !== "") return { field, value };
  }
  if (body === undefined) return undefined;
  for (const field of SESSION_MEMBERS) {
    const value = memberText(body.bytes, body.members, field);
    if (value !== undefined && value !== "") return { field, value };
  }
  return undefined;
}

function memberText(
  bytes: Uint8Array,
  members: ReadonlyMap<string, Span>,
  field: string,
): string | undefined {
  const [outer = "", inner] = field.split(".");
  const span = members.get(outer);
  if (span === undefined) return undefined;
  if (inner === undefined) return decodeJsonString(bytes, span);
  if (span.end - span.start > MAX_METADATA_BYTES) return undefined;
  const object = parseJson(bytes, span);
  if (typeof object !== "object" || object === null) return undefined;
  const value = Object.entries(object).find(([name]) => name === inner)?.[1];
  return typeof value === "string" ? value : undefined;
}
