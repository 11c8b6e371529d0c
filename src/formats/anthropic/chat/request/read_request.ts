import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatRequest, ChatTurn, TextPart } from "../../../../core/chat.ts";
import type { ReceivedRequest } from "../../../translation/translation.ts";
import { OWN_FORMAT } from "../signatures.ts";
import { isAbsent, listAt, malformed, nativeOf, objectAt, optionalNumber, textAt } from "./fields.ts";
import { type CallNames, readContent, readText } from "./read_blocks.ts";
import { dotted, readReasoning, readTool, readToolChoice } from "./read_settings.ts";

/** Most stop sequences that are read: the vendor takes far fewer. */
const MAX_STOPS = 8192;

/** What Claude Code's first system block begins with: an account of its version, meant for the vendor alone. */
const BILLING_HEADER = "x-anthropic-billing-header:";

/** Under this member the billing block goes through the hub, so that only its own vendor sees it. */
export const BILLING_MEMBER = "system.billing_header";

/** Which of the two calls with this body is read; only one of them makes an answer, and needs `max_tokens`. */
export type MessagesCall = "create" | "count_tokens";

/** Reads the body of a message or of a token count. Throws `GatewayError` `invalid_body`. */
export function readMessagesRequest(
  { body, model, stream }: ReceivedRequest,
  call: MessagesCall,
): ChatRequest {
  const {
    model: _model,
    stream: _stream,
    max_tokens,
    messages,
    system,
    tools,
    tool_choice,
    thinking,
    output_config,
    temperature,
    top_p,
    top_k,
    stop_sequences,
    metadata,
    service_tier,
    ...rest
  } = body;
  const maxTokens = optionalNumber(max_tokens, "max_tokens");
  if (call === "create" && maxTokens === undefined) malformed("max_tokens", "a number");
  const { parts, own: systemOwn } = readSystem(system);
  const { own: reasoningOwn, ...reasoning } = readReasoning(thinking, output_config);
  const { user, own: metadataOwn } = readMetadata(metadata);
  const own = { ...rest, ...systemOwn, ...reasoningOwn, ...metadataOwn };
  return {
    model,
    stream,
    streamUsage: true,
    system: parts,
    turns: readTurns(messages),
    tools: isAbsent(tools) ? [] : listAt(tools, "tools").map((tool, at) => readTool(tool, `tools.${at}`)),
    ...readToolChoice(tool_choice),
    ...reasoning,
    maxTokens,
    temperature: optionalNumber(temperature, "temperature"),
    topP: optionalNumber(top_p, "top_p"),
    topK: optionalNumber(top_k, "top_k"),
    stop: readStops(stop_sequences),
    user,
    tier: readTier(service_tier),
    // Also when it is empty: it tells the writer that the request has this format's own shape.
    native: nativeOf(own).native ?? { format: OWN_FORMAT, members: {} },
  };
}

function readTurns(messages: unknown): ChatTurn[] {
  const list = listAt(messages, "messages");
  if (list.length === 0) malformed("messages", "a list that is not empty");
  const calls: CallNames = new Map();
  return list.map((value, at) => readTurn(objectAt(value, `messages.${at}`), `messages.${at}`, calls));
}

function readTurn(
  { role, content, ...rest }: JsonObject,
  param: string,
  calls: CallNames,
): ChatTurn {
  if (role !== "user" && role !== "assistant" && role !== "system") {
    malformed(`${param}.role`, "one of user, assistant and system");
  }
  // A system message may hold settings alone.
  const isEmpty = role === "system" && isAbsent(content);
  return {
    role,
    parts: isEmpty ? [] : readContent(content, `${param}.content`, calls),
    ...nativeOf(rest),
  };
}

function readSystem(system: unknown): { readonly parts: TextPart[]; readonly own: JsonObject } {
  if (isAbsent(system) || system === "") return { parts: [], own: {} };
  if (typeof system === "string") return { parts: [{ kind: "text", text: system }], own: {} };
  const blocks = listAt(system, "system").map((block, at) => objectAt(block, `system.${at}`));
  const [first] = blocks;
  const isBilling = typeof first?.text === "string" && first.text.startsWith(BILLING_HEADER);
  const parts = blocks.map((block, at) => readText(block, `system.${at}`));
  return isBilling ? { parts: parts.slice(1), own: { [BILLING_MEMBER]: first } } : { parts, own: {} };
}

function readStops(value: unknown): readonly string[] | undefined {
  if (isAbsent(value)) return undefined;
  const stops = listAt(value, "stop_sequences");
  if (stops.length > MAX_STOPS) malformed("stop_sequences", `a list of at most ${MAX_STOPS}`);
  return stops.map((stop, at) => textAt(stop, `stop_sequences.${at}`));
}

function readMetadata(value: unknown): { readonly user: string | undefined; readonly own: JsonObject } {
  if (isAbsent(value)) return { user: undefined, own: {} };
  const { user_id: user, ...rest } = objectAt(value, "metadata");
  return {
    user: isAbsent(user) ? undefined : textAt(user, "metadata.user_id"),
    own: dotted("metadata", rest),
  };
}

/** `auto` may use capacity that was paid for ahead; `standard_only` is what other vendors call `default`. */
function readTier(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined;
  return value === "standard_only" ? "default" : textAt(value, "service_tier");
}
