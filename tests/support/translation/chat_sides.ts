import type { ChatRequest } from "../../../src/core/chat.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import { ToolNames } from "../../../src/formats/translation/tool_names.ts";
import type {
  AnswerContext,
  ReceivedRequest,
  UpstreamTraits,
  WriteContext,
} from "../../../src/formats/translation/translation.ts";

/** A context to write a request in, and what was dropped in it, as `field` or `field:detail`. */
export function writing(
  traits: UpstreamTraits = {},
  model = "m",
): { readonly context: WriteContext; readonly dropped: Set<string> } {
  const dropped = new Set<string>();
  const losses: WriteContext["losses"] = {
    drop: (field, detail) => void dropped.add(detail === undefined ? field : `${field}:${detail}`),
    refuse(field, why): never {
      throw new GatewayError("not_translatable", why, { param: field });
    },
  };
  return { context: { model, traits, losses, names: new ToolNames() }, dropped };
}

/** A request as the layer above the formats hands it in. */
export function received(body: JsonObject, path = ""): ReceivedRequest {
  const { model, stream } = body;
  return {
    body,
    path,
    query: "",
    headers: {},
    model: typeof model === "string" ? model : undefined,
    stream: stream === true,
  };
}

/** A context to write an answer in. */
export function answering<Q>(asked: Q): AnswerContext<Q> {
  return { asked, model: "asked-model", requestId: "r1", createdSeconds: 1767225600 };
}

/** The least that a chat request says. */
export const PLAIN_REQUEST: ChatRequest = {
  model: "m",
  stream: false,
  streamUsage: false,
  system: [],
  turns: [{ role: "user", parts: [{ kind: "text", text: "hi" }] }],
  tools: [],
};

/** The value as a client reads it: through text, its numbers as they came. */
export function asWritten(value: unknown): JsonObject {
  // Only objects are handed in.
  return parseExact(JSON.stringify(value)) as JsonObject;
}

/** JSON files under `tests/fixtures/translation/FOLDER`, by name. */
export function jsonFixtures(folder: string): readonly (readonly [name: string, body: JsonObject])[] {
  const url = new URL(`../../fixtures/translation/${folder}/`, import.meta.url);
  const names = [...Deno.readDirSync(url)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".json")
  );
  return names.sort().map((name) => {
    const body = parseExact(Deno.readTextFileSync(new URL(name, url))) as JsonObject; // Fixtures are objects.
    return [name.replace(".json", ""), body] as const;
  });
}

/** A list or an object with something in it, whose members are compared one by one. */
function isInner(value: unknown): value is JsonObject {
  return (Array.isArray(value) || isJsonObject(value)) && Object.keys(value).length > 0;
}

/** Where two JSON values differ, as `path: before → after` with JSON texts; an absent one is empty. */
export function differences(before: unknown, after: unknown, path = ""): string[] {
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  if (old === now) return [];
  const sameKind = Array.isArray(before) === Array.isArray(after);
  if (!sameKind || !isInner(before) || !isInner(after)) return [`${path}: ${old ?? ""} → ${now ?? ""}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(before[key], after[key], path === "" ? key : `${path}.${key}`)
  );
}
