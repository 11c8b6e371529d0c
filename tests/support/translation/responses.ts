import type { ChatEvent, ChatRequest } from "../../../src/core/chat.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import { readEvents } from "../../../src/formats/events/read_events.ts";
import { responsesSide } from "../../../src/formats/openai/responses/responses_side.ts";
import type { AnswerContext, Losses, WriteContext } from "../../../src/formats/translation/translation.ts";
import { ToolNames } from "../../../src/formats/translation/tool_names.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const FIXTURES = new URL("../../fixtures/translation/openai_responses/", import.meta.url);

/** Names of the fixtures in a folder (`""` for requests), without their endings. */
export function fixtureNames(folder: "" | "answers" | "streams"): string[] {
  return [...Deno.readDirSync(new URL(folder === "" ? "." : `${folder}/`, FIXTURES))]
    .filter((entry) => entry.isFile)
    .map((entry) => entry.name.replace(/\.[a-z]+$/, ""))
    .sort();
}

/** A JSON fixture, parsed with its numbers as they came. */
export function jsonFixture(name: string): JsonObject {
  const value = parseExact(Deno.readTextFileSync(new URL(`${name}.json`, FIXTURES)));
  if (!isJsonObject(value)) throw new Error(`${name} is no object`);
  return value;
}

/** The bytes of a stream fixture. */
export function streamFixture(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`streams/${name}.sse`, FIXTURES));
}

/** Reads a request as the gateway would. */
export function readRequest(body: JsonObject): ChatRequest {
  return responsesSide.readRequest({
    body,
    path: "/v1/responses",
    query: "",
    headers: {},
    model: typeof body.model === "string" ? body.model : undefined,
    stream: body.stream === true,
  });
}

/** A context for writing requests that notes what is dropped, and throws what is refused. */
export function writeContext(
  model = "gpt-5",
): WriteContext & { readonly dropped: string[] } {
  const dropped: string[] = [];
  const losses: Losses = {
    drop: (field, detail) => void dropped.push(detail === undefined ? field : `${field}: ${detail}`),
    refuse: (field, why) => {
      throw new GatewayError("not_translatable", `${field}: ${why}`, { param: field });
    },
  };
  return { model, traits: {}, losses, names: new ToolNames(), dropped };
}

/** A context for answers to `asked`. */
export function answerContext(asked: ChatRequest): AnswerContext<ChatRequest> & { readonly framing: "sse" } {
  return {
    asked,
    model: asked.model ?? "m",
    requestId: "018f0000-0000-7000-8000-000000000001",
    createdSeconds: 1_767_225_600,
    framing: "sse",
  };
}

/** Plain JSON: without undefined members, numbers as JavaScript has them. */
export function plain(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

/** All hub events of a stream's bytes. */
export function eventsOf(stream: Uint8Array): ChatEvent[] {
  const events: ChatEvent[] = [];
  const reader = responsesSide.eventReader();
  const emit = (event: ChatEvent) => void events.push(event);
  atOnce(readEvents(stream, (data, name) => reader.event(name, data, emit)));
  reader.end(emit);
  return events;
}

/** The bytes that a client of the format gets for hub events. */
export function streamOf(events: readonly ChatEvent[], asked: ChatRequest): Uint8Array {
  const writer = responsesSide.eventWriter(answerContext(asked));
  return new TextEncoder().encode(events.map((event) => writer.write(event)).join(""));
}
