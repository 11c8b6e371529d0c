import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatOutput, ChatRequest } from "../../../../core/chat.ts";
import type { WriteContext, WrittenRequest } from "../../../translation/translation.ts";
import { BILLING_MEMBER, type MessagesCall } from "./read_request.ts";
import { asContent, writeText } from "./write_blocks.ts";
import { undotted, writeThinking, type WrittenThinking } from "./write_thinking.ts";
import { writeToolChoice, writeTools } from "./write_tools.ts";
import { messageOf, writeTurns, type WrittenTurn } from "./write_turns.ts";
import { ownMembers, type Writing, writingOf } from "./writing.ts";

/** The version whose bodies are written; clients of this format send their own. */
const VERSION = "2023-06-01";

/** Most places up to which a prompt may be cached, by the prompt caching page. */
const MAX_CACHE_MARKS = 4;

/** Members that only make sense where an answer is made. */
const CREATE_ONLY = [
  "max_tokens",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "service_tier",
];

/** Writes a message request, or the token count of one. */
export function writeMessagesRequest(
  request: ChatRequest,
  context: WriteContext,
  call: MessagesCall,
): WrittenRequest {
  const writing = writingOf(request, context);
  refuseWhatCannotBe(request, writing);
  const own = ownMembers(request);
  const turns = writeTurns(asConversation(request, writing), writing);
  refusePrefill(turns, writing);
  const tools = writeTools(request, writing);
  const maxTokens = request.maxTokens ?? context.traits.defaultMaxTokens ?? writing.claude.maxOutputTokens;
  const isForced = tools.length > 0 && request.toolChoice?.mode === "required";
  const room = { maxTokens, isForced, lacksThoughts: lacksThoughts(turns) };
  const thought = writeThinking(request.reasoning, own, room, writing);
  const isThinking = isObjectOf(thought.thinking, ["adaptive", "enabled"]);
  const body: JsonObject = {
    model: context.model,
    ["max_tokens"]: maxTokens,
    ...given("tools", tools.length === 0 ? undefined : tools),
    ...given("tool_choice", toolChoiceOf(request, tools, isForced && isThinking, writing)),
    ...given("system", writeSystem(request, own, writing)),
    messages: turns.map(messageOf),
    ...given("thinking", thought.thinking),
    ...given("output_config", writeOutputConfig(request.output, thought, own, writing)),
    ...writeSampling(request, isThinking, writing),
    ...given("stop_sequences", writeStops(request.stop, writing)),
    ...given("metadata", writeMetadata(request.user, own)),
    ...given("service_tier", writeTier(request.tier, writing)),
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !name.includes("."))),
    ...(request.stream ? { stream: true } : {}),
  };
  limitCacheMarks(body, writing);
  if (call === "count_tokens") { for (const name of CREATE_ONLY) delete body[name]; }
  const path = call === "create" ? "/v1/messages" : "/v1/messages/count_tokens";
  return { path, query: "", body, headers: { "anthropic-version": VERSION } };
}

function refuseWhatCannotBe(
  { candidates, logprobs, openai, ...request }: ChatRequest,
  { losses }: Writing,
): void {
  if (candidates !== undefined && candidates > 1) {
    losses.refuse("candidates", "Anthropic's models give one answer; ask several times");
  }
  if (logprobs !== undefined) {
    losses.refuse("logprobs", "Anthropic's models tell no probabilities; leave it out");
  }
  for (const field of ["seed", "presencePenalty", "frequencyPenalty"] as const) {
    if (request[field] !== undefined) losses.drop(field);
  }
  // Whether an answer is kept is the vendor's affair here: it keeps none.
  for (const name of Object.keys(openai ?? {})) if (name !== "store") losses.drop("openai", name);
}

/** A request of instructions alone becomes one in which the user gives them: the vendor wants a message. */
function asConversation(request: ChatRequest, { isOwn }: Writing): ChatRequest {
  if (isOwn || request.turns.some(({ role, parts }) => role === "user" && parts.length > 0)) return request;
  if (request.turns.length > 0 || request.system.length === 0) return request;
  return { ...request, turns: [{ role: "user", parts: request.system }] };
}

/** Newer models do not go on where the assistant stopped. */
function refusePrefill(turns: readonly WrittenTurn[], { claude, losses, isOwn }: Writing): void {
  if (isOwn || claude.prefill || turns.at(-1)?.role !== "assistant") return;
  losses.refuse(
    "messages",
    "this model does not go on where an assistant message ends; end with a user message",
  );
}

/** Whether a tool's answer stands last and the call before it came without the vendor's own thoughts. */
function lacksThoughts(turns: readonly WrittenTurn[]): boolean {
  const calls = turns.at(-2);
  const hasResults = turns.at(-1)?.blocks.some((block) => block.type === "tool_result") ?? false;
  return hasResults && calls?.role === "assistant" &&
    !isObjectOf(calls.blocks[0], ["thinking", "redacted_thinking"]);
}

function toolChoiceOf(
  { toolChoice, parallelTools }: ChatRequest,
  tools: readonly JsonObject[],
  isClash: boolean,
  writing: Writing,
): JsonObject | undefined {
  if (tools.length === 0 && !writing.isOwn) return undefined;
  if (!isClash || writing.isOwn) return writeToolChoice(toolChoice, parallelTools, writing);
  writing.losses.drop("toolChoice"); // Only a model that always thinks comes here.
  return writeToolChoice({ mode: "auto" }, parallelTools, writing);
}

function writeSystem(request: ChatRequest, own: JsonObject, writing: Writing): unknown {
  const isMoved = !writing.isOwn && request.turns.length === 0;
  const parts = isMoved ? [] : request.system;
  const blocks = parts.map((part) => writeText(part, writing)).filter((block) => block !== undefined);
  const billing = own[BILLING_MEMBER];
  if (isJsonObject(billing)) blocks.unshift(billing);
  const shape = outputInstruction(request.output, writing);
  if (shape !== undefined) blocks.push({ type: "text", text: shape });
  return blocks.length === 0 ? undefined : asContent(blocks);
}

/** Words in place of an output shape that the model cannot be bound to. */
function outputInstruction(
  output: ChatOutput | undefined,
  { claude, isOwn, losses }: Writing,
): string | undefined {
  if (output === undefined || isOwn) return undefined;
  if (output.kind === "schema" && claude.schemas) return undefined;
  losses.drop("output");
  const only = "Answer with one JSON object and nothing else: no words around it, no code fence.";
  return output.kind === "json"
    ? only
    : `${only} It must be valid against this JSON Schema: ${JSON.stringify(output.schema)}`;
}

function writeOutputConfig(
  output: ChatOutput | undefined,
  { effort }: WrittenThinking,
  own: JsonObject,
  { claude, isOwn }: Writing,
): JsonObject | undefined {
  const isBound = output?.kind === "schema" && (isOwn || claude.schemas);
  const config = {
    ...given("effort", effort),
    ...(isBound ? { format: { type: "json_schema", schema: output.schema } } : {}),
    ...undotted("output_config", own),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

/** Fewest `top_p` and the one temperature that go with thinking, by the extended thinking page. */
const THINKING_TOP_P = 0.95;

function writeSampling(
  request: ChatRequest,
  isThinking: boolean,
  { claude, losses, isOwn }: Writing,
): JsonObject {
  const { temperature, topP, topK } = request;
  if (isOwn) {
    return { ...given("temperature", temperature), ...given("top_p", topP), ...given("top_k", topK) };
  }
  const sampling: JsonObject = {};
  if (temperature !== undefined) {
    if (!claude.sampling || (isThinking && temperature !== 1)) losses.drop("temperature");
    else {
      if (temperature > 1) losses.drop("temperature", "above 1");
      sampling.temperature = Math.min(1, temperature);
    }
  }
  if (topP !== undefined) {
    const isAlone = claude.bothSampling || temperature === undefined;
    if (claude.sampling && isAlone && (!isThinking || topP >= THINKING_TOP_P)) sampling.top_p = topP;
    else losses.drop("topP");
  }
  if (topK !== undefined) {
    if (claude.sampling && !isThinking) sampling.top_k = topK;
    else losses.drop("topK");
  }
  return sampling;
}

/** Stop sequences of white space alone are refused. */
function writeStops(
  stop: readonly string[] | undefined,
  { losses, isOwn }: Writing,
): readonly string[] | undefined {
  if (stop === undefined || isOwn) return stop;
  const taken = stop.filter((text) => text.trim() !== "");
  if (taken.length < stop.length) losses.drop("stop");
  return taken.length === 0 ? undefined : taken;
}

function writeMetadata(user: string | undefined, own: JsonObject): JsonObject | undefined {
  const metadata = { ...given("user_id", user), ...undotted("metadata", own) };
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

function writeTier(tier: string | undefined, { losses, isOwn }: Writing): string | undefined {
  if (tier === "default") return "standard_only";
  if (tier === undefined || tier === "auto" || isOwn) return tier;
  losses.drop("tier", tier);
  return undefined;
}

/** Leaves the last marks, which reach furthest into the prompt, and takes the earliest away. */
function limitCacheMarks(body: JsonObject, { losses, isOwn }: Writing): void {
  if (isOwn) return;
  const marked: JsonObject[] = [];
  collectMarked(body.tools, marked);
  collectMarked(body.system, marked);
  collectMarked(body.messages, marked);
  for (const block of marked.slice(0, -MAX_CACHE_MARKS)) {
    delete block.cache_control;
    losses.drop("cache");
  }
}

function collectMarked(value: unknown, into: JsonObject[]): void {
  if (!Array.isArray(value)) return;
  for (const item of value) {
    if (!isJsonObject(item)) continue;
    if (item.cache_control !== undefined) into.push(item);
    if (item.type !== "tool_use") collectMarked(item.content, into);
  }
}

function isObjectOf(value: unknown, types: readonly string[]): boolean {
  return isJsonObject(value) && types.includes(String(value.type));
}

/** One member, or none where there is no value. */
function given(name: string, value: unknown): JsonObject {
  return value === undefined ? {} : { [name]: value };
}
