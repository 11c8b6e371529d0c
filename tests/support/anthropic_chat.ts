import type { ChatAnswer, ChatEvent, ChatRequest } from "../../src/core/chat.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../src/core/errors.ts";
import { anthropicChat } from "../../src/formats/anthropic/chat/chat_side.ts";
import { readEvents } from "../../src/formats/events/read_events.ts";
import { ToolNames } from "../../src/formats/translation/tool_names.ts";
import type {
  AnswerContext,
  UpstreamTraits,
  WriteContext,
  WrittenRequest,
} from "../../src/formats/translation/translation.ts";
import { atOnce } from "../../src/core/time/steps.ts";

/** A request for the Anthropic side as the server would hand it over. */
export function received(body: JsonObject) {
  return {
    body,
    path: "/v1/messages",
    query: "",
    headers: {},
    model: typeof body.model === "string" ? body.model : undefined,
    stream: body.stream === true,
  };
}

/** What writing a request gave: the request, and what was told to be lost. */
export interface Written extends WrittenRequest {
  readonly dropped: readonly string[];
}

/** A context that keeps what is dropped, as `field` or `field: detail`, and refuses like the gateway. */
export function writeContext(
  model: string,
  traits: UpstreamTraits = {},
): WriteContext & { readonly dropped: string[] } {
  const dropped: string[] = [];
  return {
    model,
    traits,
    names: new ToolNames(),
    dropped,
    losses: {
      drop: (field, detail) => void dropped.push(detail === undefined ? field : `${field}: ${detail}`),
      refuse: (field, why) => {
        throw new GatewayError("not_translatable", why, { param: field });
      },
    },
  };
}

/** Writes a hub request for Anthropic; `request` may leave out what every request has. */
export function writeRequest(
  request: Partial<ChatRequest>,
  model = "claude-sonnet-4-5",
  traits: UpstreamTraits = {},
): Written {
  const context = writeContext(model, traits);
  const whole = { ...BARE, ...request };
  return { ...anthropicChat.writeRequest(whole, context), dropped: context.dropped };
}

/** A request that asks nothing special. */
export const BARE: ChatRequest = {
  model: "public-name",
  stream: false,
  streamUsage: true,
  system: [],
  turns: [{ role: "user", parts: [{ kind: "text", text: "Calais?" }] }],
  tools: [],
};

/** A context for writing answers. */
export function answerContext(asked: ChatRequest = BARE, model = "public-name"): AnswerContext<ChatRequest> {
  return { asked, model, requestId: "018f0000-0000-7000-8000-000000000001", createdSeconds: 1_767_225_600 };
}

/** The hub events of a stream of Anthropic's. */
export function hubEvents(stream: Uint8Array): ChatEvent[] {
  const reader = anthropicChat.eventReader();
  const events: ChatEvent[] = [];
  atOnce(readEvents(stream, (data, name) => reader.event(name, data, (event) => events.push(event))));
  reader.end((event) => events.push(event));
  return events;
}

/** Writes hub events for an Anthropic client; one text for each event. */
export function streamPieces(events: readonly ChatEvent[]): string[] {
  const writer = anthropicChat.eventWriter({ ...answerContext(), framing: "sse" });
  return events.map((event) => writer.write(event));
}

/** The same as bytes. */
export function streamOf(events: readonly ChatEvent[]): Uint8Array {
  return new TextEncoder().encode(streamPieces(events).join(""));
}

/** An answer with one choice. */
export function answerOf(choice: Partial<ChatAnswer["choices"][0]>): ChatAnswer {
  return {
    id: "x",
    model: "upstream-name",
    choices: [{ index: 0, parts: [], finish: "stop", ...choice }],
  };
}

const FIXTURES = new URL("../fixtures/translation/anthropic_messages/", import.meta.url);

/** The fixtures of a folder, by name, with their numbers as they are written. */
export function anthropicFixtures(folder: "" | "answers/"): [string, JsonObject][] {
  const names = [...Deno.readDirSync(new URL(folder, FIXTURES))].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".json")).sort().map((name) => {
    const value = parseExact(Deno.readTextFileSync(new URL(`${folder}${name}`, FIXTURES)));
    if (!isJsonObject(value)) throw new TypeError(`${name} is no object`);
    return [name.replace(".json", ""), value];
  });
}
