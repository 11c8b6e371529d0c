import { decodeJsonString, scanTopLevel } from "../../core/bytes/json_span.ts";

/**
 * Path segments of the account paths that are words of the API and not ids (OpenAI API reference, 2026-08). A word
 * that is missing here is taken for an id that nobody owns, so a new path is refused until it is added: the safe side.
 */
const WORDS: ReadonlySet<string> = new Set([
  ...[
    "v1",
    "files",
    "content",
    "batches",
    "cancel",
    "uploads",
    "parts",
    "complete",
    "responses",
    "input_items",
  ],
  ...[
    "input_tokens",
    "compact",
    "conversations",
    "items",
    "chat",
    "completions",
    "messages",
    "vector_stores",
  ],
  ...[
    "file_batches",
    "search",
    "fine_tuning",
    "jobs",
    "events",
    "checkpoints",
    "pause",
    "resume",
    "permissions",
  ],
  ...["assistants", "threads", "runs", "steps", "submit_tool_outputs", "containers", "evals", "output_items"],
  ...["videos", "remix", "realtime", "sessions", "client_secrets", "organization", "admin", "moderations"],
  ...["images", "generations", "edits", "variations", "audio", "speech", "transcriptions", "translations"],
  ...["embeddings", "models", "skills", "graders", "alpha", "run", "validate", "chatkit"],
]);

/** Members of an answer that name an object made for the caller. */
const ID_MEMBERS = ["id", "output_file_id", "error_file_id"] as const;

/** Ids of stored objects that an account path names. */
export function idsInPath(path: string): string[] {
  return path.split("/").slice(1).filter((segment) => segment !== "" && !WORDS.has(segment));
}

/** Ids that a JSON answer hands to the caller; none when it is not an object. */
export function idsInAnswer(answer: Uint8Array): string[] {
  try {
    const { members } = scanTopLevel(answer, ID_MEMBERS);
    return [...members.values()].flatMap((span) => decodeJsonString(answer, span) ?? []);
  } catch {
    return [];
  }
}

/** How far into a streamed answer its id is looked for, in bytes: it stands in the first event. */
const ID_SEARCH_BYTES = 4096;

/** The `resp_…` id of a streamed Responses answer, from its first event. */
export function streamedResponseId(stream: Uint8Array): string | undefined {
  const opening = new TextDecoder().decode(stream.subarray(0, ID_SEARCH_BYTES));
  const at = opening.indexOf('"resp_');
  const end = opening.indexOf('"', at + 1);
  return at < 0 || end < 0 ? undefined : opening.slice(at + 1, end);
}

/**
 * A vendor's list (`{"object":"list","data":[{"id":…}]}`) without the entries that `keep` refuses. Bytes that are
 * no such list come back as an empty one: what cannot be checked must not be shown.
 */
export async function filteredList(
  answer: Uint8Array,
  keep: (id: string) => Promise<boolean>,
): Promise<Uint8Array> {
  const list = parseList(answer);
  const data: unknown[] = [];
  for (const entry of list.data) {
    const id = typeof entry === "object" && entry !== null && "id" in entry ? entry.id : undefined;
    if (typeof id === "string" && await keep(id)) data.push(entry);
  }
  const shown = { ...list, data, ...edgesOf(list, data) };
  return new TextEncoder().encode(JSON.stringify(shown));
}

function parseList(answer: Uint8Array): { data: unknown[] } & Record<string, unknown> {
  try {
    const list: unknown = JSON.parse(new TextDecoder().decode(answer));
    if (typeof list === "object" && list !== null && "data" in list && Array.isArray(list.data)) {
      return { ...list, data: list.data };
    }
  } catch {
    // Not JSON: nothing of it is shown.
  }
  return { object: "list", data: [], has_more: false };
}

/** `first_id` and `last_id`, where the list has them, must not name an entry that was taken out; paging goes on by `last_id`. */
function edgesOf(list: Record<string, unknown>, data: readonly unknown[]): Record<string, unknown> {
  const edges: Record<string, unknown> = {};
  const idAt = (entry: unknown) =>
    typeof entry === "object" && entry !== null && "id" in entry ? entry.id : null;
  if ("first_id" in list) edges["first_id"] = idAt(data[0]);
  if ("last_id" in list) edges["last_id"] = idAt(data[data.length - 1]);
  return edges;
}
