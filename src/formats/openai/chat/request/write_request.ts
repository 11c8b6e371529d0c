import { createHash } from "node:crypto";
import type { ChatOutput, ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext, WrittenRequest } from "../../../translation/translation.ts";
import { withNative } from "../../shared/native_members.ts";
import { writeEffort } from "../../shared/reasoning_effort.ts";
import { SHARED_MEMBERS } from "../../shared/shared_members.ts";
import { KNOWN_TIERS, MAX_USER_LENGTH } from "../../shared/wire_rules.ts";
import { OPENAI_CHAT } from "../format_name.ts";
import { writeMessages } from "./write_messages.ts";
import { writeTools } from "./write_tools.ts";

/** Where chat completions are asked for. */
const PATH = "/v1/chat/completions";

/** Name of a schema whose client gave none: OpenAI wants one. */
const UNNAMED_SCHEMA = "answer";

/** Asks for JSON in words: OpenAI refuses `json_object` where no message speaks of it. */
const JSON_WANTED = "Answer with a JSON object.";

/** The same for an upstream that takes no schema. */
const SCHEMA_WANTED = "Answer with one JSON object that is valid against this JSON Schema:";

/** Writes a chat completions request. A streamed one always asks for usage: the layer above drops what nobody asked for. */
export function writeRequest(request: ChatRequest, context: WriteContext): WrittenRequest {
  const output = writeOutput(request, context);
  const asked = output.wanted === undefined ? request : withInstruction(request, output.wanted);
  const body: JsonObject = {
    model: context.model,
    messages: writeMessages(asked, context),
    ...(request.stream && { stream: true, ["stream_options"]: { ["include_usage"]: true } }),
    ...writeTools(request, context),
    ...writeSampling(request, context),
    ...output.members,
    ...writeReasoning(request, context),
    ...writeIdentity(request, context),
  };
  return { path: PATH, query: "", body: withNative(body, request.native, OPENAI_CHAT) };
}

function withInstruction(request: ChatRequest, text: string): ChatRequest {
  return { ...request, system: [...request.system, { kind: "text", text }] };
}

/** An object of the members that are not undefined. */
function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function writeSampling(request: ChatRequest, { traits, losses }: WriteContext): JsonObject {
  if (request.topK !== undefined) losses.drop("topK");
  return present({
    [traits.maxTokensMember ?? "max_completion_tokens"]: request.maxTokens,
    temperature: request.temperature,
    ["top_p"]: request.topP,
    ["presence_penalty"]: request.presencePenalty,
    ["frequency_penalty"]: request.frequencyPenalty,
    seed: request.seed,
    stop: request.stop,
    n: request.candidates,
    logprobs: request.logprobs && true,
    ["top_logprobs"]: request.logprobs?.top,
  });
}

/** `response_format`, and the instruction that it needs beside it. */
function writeOutput(
  request: ChatRequest,
  { traits, losses }: WriteContext,
): { readonly members: JsonObject; readonly wanted?: string } {
  const { output } = request;
  if (output === undefined) return { members: {} };
  const json = { ["response_format"]: { type: "json_object" } };
  if (output.kind === "json") {
    return speaksOfJson(request) ? { members: json } : { members: json, wanted: JSON_WANTED };
  }
  if (traits.jsonSchema === false) {
    losses.drop("output");
    return { members: json, wanted: `${SCHEMA_WANTED}\n${JSON.stringify(output.schema)}` };
  }
  return { members: { ["response_format"]: { type: "json_schema", ["json_schema"]: writeSchema(output) } } };
}

function writeSchema(output: Extract<ChatOutput, { kind: "schema" }>): JsonObject {
  const { name, description, schema, strict } = output;
  return present({ name: name ?? UNNAMED_SCHEMA, description, schema, strict });
}

function speaksOfJson({ system, turns }: ChatRequest): boolean {
  const parts = [...system, ...turns.flatMap((turn) => turn.parts)];
  return parts.some((part) => part.kind === "text" && /json/i.test(part.text));
}

function writeReasoning({ reasoning }: ChatRequest, { losses }: WriteContext): JsonObject {
  if (reasoning === undefined) return {};
  const { word, fromBudget } = writeEffort(reasoning);
  if (fromBudget) losses.drop("reasoning", "budget");
  if (reasoning.summary !== undefined) losses.drop("reasoning", "summary");
  return word === undefined ? {} : { ["reasoning_effort"]: word };
}

function writeIdentity({ user, tier, openai = {} }: ChatRequest, { losses }: WriteContext): JsonObject {
  const known = SHARED_MEMBERS.filter((name) => Object.hasOwn(openai, name));
  for (const name of Object.keys(openai)) {
    if (!SHARED_MEMBERS.includes(name)) losses.drop("openai", name);
  }
  const isTier = tier !== undefined && KNOWN_TIERS.has(tier);
  if (tier !== undefined && !isTier) losses.drop("tier");
  return {
    ...(user !== undefined && { user: shortUser(user) }),
    ...(isTier && { ["service_tier"]: tier }),
    ...Object.fromEntries(known.map((name) => [name, openai[name]])),
  };
}

/** The name itself, or a digest where it is longer than OpenAI takes: it is opaque, and the same stays the same. */
function shortUser(user: string): string {
  return user.length <= MAX_USER_LENGTH ? user : createHash("sha256").update(user).digest("hex");
}
