import type { ChatOutput, ChatReasoning, ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ReceivedRequest } from "../../../translation/translation.ts";
import { nativeMembers } from "../../shared/native_members.ts";
import { readEffort } from "../../shared/reasoning_effort.ts";
import { malformed, RequestMembers } from "../../shared/request_members.ts";
import { OPENAI_CHAT } from "../format_name.ts";
import { readMessages } from "./read_messages.ts";
import { SHARED_MEMBERS } from "../../shared/shared_members.ts";
import { readToolChoice, readTools } from "./read_tools.ts";

/** Reads a chat completions request. */
export function readRequest({ body, model, stream }: ReceivedRequest): ChatRequest {
  const members = new RequestMembers(body);
  members.value("model");
  members.value("stream");
  const streaming = members.inner("stream_options");
  const includeUsage = streaming?.flag("include_usage") === true;
  const tools = readTools(members.list("tools"));
  const shared = members.pick(SHARED_MEMBERS);
  const settings = {
    toolChoice: readToolChoice(members.value("tool_choice")),
    parallelTools: members.flag("parallel_tool_calls"),
    ...readSampling(members),
    user: members.text("user"),
    tier: members.text("service_tier"),
    ...(Object.keys(shared).length > 0 && { openai: shared }),
  };
  const conversation = readMessages(members.list("messages"));
  const { output, odd: oddOutput } = readOutput(members);
  const { reasoning, odd: oddEffort } = readReasoning(members);
  const native = nativeMembers(OPENAI_CHAT, {
    ...oddOutput,
    ...oddEffort,
    ...readModalities(members),
    ...members.rest(),
    ...(stream ? streaming?.rest("stream_options.") : {}),
  });
  return {
    model,
    stream,
    streamUsage: stream && includeUsage,
    ...conversation,
    tools,
    ...present({ ...settings, output, reasoning, native }),
  };
}

/** The object without what is undefined. */
function present<T extends object>(members: T): Partial<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // The members that are left are of the type they were.
  return Object.fromEntries(entries) as Partial<T>;
}

function readSampling(members: RequestMembers): Partial<ChatRequest> {
  const wantsLogprobs = members.flag("logprobs") === true;
  const top = members.number("top_logprobs");
  const older = members.number("max_tokens");
  return {
    maxTokens: members.number("max_completion_tokens") ?? older,
    temperature: members.number("temperature"),
    topP: members.number("top_p"),
    topK: members.number("top_k"),
    presencePenalty: members.number("presence_penalty"),
    frequencyPenalty: members.number("frequency_penalty"),
    seed: members.number("seed"),
    stop: readStop(members.value("stop")),
    candidates: members.number("n"),
    logprobs: wantsLogprobs ? (top === undefined ? {} : { top }) : undefined,
  };
}

function readStop(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw malformed("stop", "a string or a list of strings");
  const stops = value.map((stop: unknown, at) => {
    if (typeof stop !== "string") throw malformed(`stop[${at}]`, "a string");
    return stop;
  });
  return stops.length === 0 ? undefined : stops;
}

/** `response_format`. Kinds that compatible servers added (grammars, patterns) are told as `odd`. */
function readOutput(
  members: RequestMembers,
): { readonly output: ChatOutput | undefined; readonly odd: JsonObject } {
  const format = members.inner("response_format");
  if (format === undefined) return { output: undefined, odd: {} };
  const type = format.requiredText("type");
  if (type === "text") return { output: undefined, odd: {} };
  if (type === "json_object") return { output: { kind: "json" }, odd: format.rest("response_format.") };
  if (type !== "json_schema") {
    return { output: undefined, odd: { ["response_format"]: members.value("response_format") } };
  }
  const declared = format.requiredInner("json_schema");
  const output = present({
    name: declared.text("name"),
    description: declared.text("description"),
    strict: declared.flag("strict"),
  });
  const schema = declared.object("schema") ?? {};
  return {
    output: { kind: "schema", ...output, schema },
    odd: { ...declared.rest("response_format.json_schema."), ...format.rest("response_format.") },
  };
}

/** `reasoning_effort`. Words that are not OpenAI's are told as `odd`. */
function readReasoning(
  members: RequestMembers,
): { readonly reasoning: ChatReasoning | undefined; readonly odd: JsonObject } {
  const word = members.text("reasoning_effort");
  if (word === undefined) return { reasoning: undefined, odd: {} };
  const reasoning = readEffort(word);
  return { reasoning, odd: reasoning === undefined ? { ["reasoning_effort"]: word } : {} };
}

/** `modalities`, where it asks for more than text. */
function readModalities(members: RequestMembers): JsonObject {
  const modalities = members.list("modalities");
  return modalities?.some((modality) => modality !== "text") ? { modalities } : {};
}
