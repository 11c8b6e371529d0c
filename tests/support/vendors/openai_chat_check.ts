import { isObject, list, members, onlyKnown, refuse, text, words } from "./json.ts";
import type { Seen } from "./plan.ts";

const KNOWN = words(`model messages audio frequency_penalty function_call functions logit_bias logprobs
  max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed
  service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity
  web_search_options`);

const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_CALL_ID_LENGTH = 64;
const MAX_STOPS = 4;

/** Reads a chat completion request as strictly as OpenAI does; throws `VendorRefusal`. */
export function readChat(given: unknown): Seen {
  if (!isObject(given)) refuse("We could not parse the JSON body of your request.");
  onlyKnown(given, KNOWN, (name) => `Unrecognized request argument supplied: ${name}`);
  if (text(given["model"]) === "") refuse("you must provide a model parameter", "model");
  const messages = list(given["messages"]).map(members);
  if (messages.length === 0) refuse("Invalid 'messages': empty array.", "messages");
  checkLimits(given);
  messages.forEach(checkMessage);
  checkOrder(messages);
  const tools = list(given["tools"]).map(toolName);
  const parts = messages.filter(({ role }) => role === "user").flatMap(({ content }) => partsOf(content));
  return {
    system: messages.filter(({ role }) => role === "system" || role === "developer")
      .flatMap(({ content }) => partsOf(content)).map((part) => text(part["text"])).join("\n"),
    prompt: parts.map((part) => text(part["text"])).join(""),
    images: parts.filter(({ type }) => type === "image_url").map(imageType),
    tools,
    schema: hasSchema(given["response_format"]),
    thinking: given["reasoning_effort"] !== undefined && given["reasoning_effort"] !== "none",
    results: messages.filter(({ role }) => role === "tool")
      .map(({ content }) => partsOf(content).map((part) => text(part["text"])).join("")),
    signature: "none",
  };
}

function checkLimits(request: Readonly<Record<string, unknown>>): void {
  if (request["stream_options"] !== undefined && request["stream"] !== true) {
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (list(request["stop"]).length > MAX_STOPS) refuse(`Invalid 'stop': array too long.`, "stop");
  const reasons = /^(o\d|gpt-5)/.test(text(request["model"]));
  for (const name of reasons ? ["max_tokens"] : []) {
    if (request[name] === undefined) continue;
    refuse(`Unsupported parameter: '${name}' is not supported with this model.`, name);
  }
  if (request["tool_choice"] !== undefined && list(request["tools"]).length === 0) {
    refuse("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
  }
  if (Array.isArray(request["tools"]) && request["tools"].length === 0) {
    refuse("Invalid 'tools': empty array.", "tools");
  }
}

function checkMessage(message: Readonly<Record<string, unknown>>, index: number): void {
  const at = `messages[${index}]`;
  const { role, content } = message;
  if (!["system", "developer", "user", "assistant", "tool"].includes(text(role))) {
    refuse(`Invalid value: '${role}'.`, `${at}.role`);
  }
  const calls = list(message["tool_calls"]).map(members);
  if (message["tool_calls"] !== undefined && calls.length === 0) {
    refuse("Invalid 'tool_calls': empty array.", `${at}.tool_calls`);
  }
  if (content === null || content === undefined) {
    if (role !== "assistant" || calls.length === 0) {
      refuse("Invalid value for 'content': expected a string, got null.", `${at}.content`);
    }
  }
  if (Array.isArray(content) && content.length === 0) {
    refuse("Invalid 'content': empty array.", `${at}.content`);
  }
  for (const part of partsOf(content)) checkPart(part, text(role), `${at}.content`);
  for (const call of calls) {
    const { id, type } = call;
    if (text(id) === "" || text(id).length > MAX_CALL_ID_LENGTH) {
      refuse(`Invalid '${at}.tool_calls[0].id': string too long or empty.`, `${at}.tool_calls`);
    }
    if (type !== "function" && type !== "custom") {
      refuse(`Invalid value: '${type}'.`, `${at}.tool_calls`);
    }
    const asked = members(call[type]);
    if (!TOOL_NAME.test(text(asked["name"]))) refuse("Invalid tool name.", `${at}.tool_calls`);
    const given = asked[type === "custom" ? "input" : "arguments"];
    if (typeof given !== "string") {
      refuse("Invalid type for 'arguments': expected a string.", `${at}.tool_calls`);
    }
  }
}

function checkPart(part: Readonly<Record<string, unknown>>, role: string, at: string): void {
  const { type } = part;
  if (type === "text" || (type === "refusal" && role === "assistant")) return;
  if (role !== "user") refuse(`Invalid content type '${type}'. Only 'text' is allowed here.`, at);
  if (!["image_url", "input_audio", "file"].includes(text(type))) refuse(`Invalid value: '${type}'.`, at);
  if (type === "image_url" && !/^(data:image\/[a-z]+;base64,|https?:)/.test(imageUrl(part))) {
    refuse("Invalid image URL.", at);
  }
}

/** Every call is answered by tool messages at once, and no tool message answers nothing. */
function checkOrder(messages: readonly Readonly<Record<string, unknown>>[]): void {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message["role"] === "tool") {
      if (!open.delete(text(message["tool_call_id"]))) {
        refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
          `messages[${index}].role`,
        );
      }
      continue;
    }
    if (open.size > 0) break;
    open = new Set(list(message["tool_calls"]).map((call) => text(members(call)["id"])));
  }
  if (open.size > 0) {
    refuse(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': ${
        [...open].join(", ")
      }`,
      "messages",
    );
  }
}

function toolName(given: unknown): string {
  const tool = members(given);
  if (tool["type"] === "custom") return text(members(tool["custom"])["name"]);
  if (tool["type"] !== "function") refuse(`Invalid value: '${tool["type"]}'.`, "tools[0].type");
  const { name } = members(tool["function"]);
  if (!TOOL_NAME.test(text(name))) refuse(`Invalid 'tools[0].function.name': '${name}'.`, "tools");
  return text(name);
}

function partsOf(content: unknown): Readonly<Record<string, unknown>>[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : list(content).map(members);
}

const imageUrl = (part: Readonly<Record<string, unknown>>) => text(members(part["image_url"])["url"]);

function imageType(part: Readonly<Record<string, unknown>>): string {
  return /^data:([^;]+);/.exec(imageUrl(part))?.[1] ?? "url";
}

function hasSchema(given: unknown): boolean {
  const format = members(given);
  if (format["type"] !== "json_schema") return false;
  const schema = members(format["json_schema"]);
  if (text(schema["name"]) === "") refuse("Missing required parameter: 'response_format.json_schema.name'.");
  if (schema["strict"] === true && members(schema["schema"])["additionalProperties"] !== false) {
    refuse("Invalid schema: 'additionalProperties' is required to be supplied and to be false.");
  }
  return "heightMetres" in members(members(schema["schema"])["properties"]);
}
