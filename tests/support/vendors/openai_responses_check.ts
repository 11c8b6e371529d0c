import { isObject, list, members, onlyKnown, refuse, text, words } from "./json.ts";
import type { Seen } from "./plan.ts";

const KNOWN = words(`background client_metadata context_management conversation include input instructions
  max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream
  stream_options temperature text tool_choice tools top_logprobs top_p truncation user`);

const INCLUDES = words(`code_interpreter_call.outputs computer_call_output.output.image_url
  file_search_call.results message.input_image.image_url message.output_text.logprobs reasoning.encrypted_content
  web_search_call.action.sources web_search_call.results`);

const TOOL_NAME = /^[A-Za-z0-9_-]{1,128}$/;
const MAX_CALL_ID_LENGTH = 64;
const MIN_OUTPUT_TOKENS = 16;

/** The encrypted thoughts that this vendor gives out. */
export const RESPONSES_ENCRYPTED = "gAAAAABpVendorEncryptedThoughts==";

type Members = Readonly<Record<string, unknown>>;

/** Reads a Responses request as strictly as OpenAI does; throws `VendorRefusal`. */
export function readResponses(given: unknown): Seen {
  if (!isObject(given)) refuse("We could not parse the JSON body of your request.");
  onlyKnown(given, KNOWN, (name) => `Unknown parameter: '${name}'.`);
  if (text(given["model"]) === "") refuse("Missing required parameter: 'model'.", "model");
  const bound = given["max_output_tokens"];
  if (typeof bound === "number" && bound < MIN_OUTPUT_TOKENS) {
    refuse("Invalid 'max_output_tokens': integer below minimum value.", "max_output_tokens");
  }
  for (const name of list(given["include"])) {
    if (!INCLUDES.has(text(name))) refuse(`Invalid value: '${name}'.`, "include");
  }
  if (given["previous_response_id"] !== undefined && given["previous_response_id"] !== null) {
    refuse("Previous response not found.", "previous_response_id");
  }
  const items = typeof given["input"] === "string"
    ? [{ role: "user", content: given["input"] }]
    : list(given["input"]).map(members);
  if (items.length === 0) refuse("Missing required parameter: 'input'.", "input");
  items.forEach((item, index) => checkItem(item, `input[${index}]`));
  checkCalls(items);
  checkReasoning(items);
  const ofRoles = (...roles: string[]) =>
    items.filter(({ role }) => roles.includes(text(role))).flatMap(({ content }) => partsOf(content));
  const user = ofRoles("user");
  return {
    system: [text(given["instructions"]), ...ofRoles("system", "developer").map((part) => text(part["text"]))]
      .join("\n").trim(),
    prompt: user.map((part) => text(part["text"])).join(""),
    images: user.filter(({ type }) => type === "input_image").map(imageType),
    tools: list(given["tools"]).flatMap(toolNames),
    schema: hasSchema(given["text"]),
    thinking: isObject(given["reasoning"]) && given["reasoning"]["effort"] !== "none",
    results: items.filter(({ type }) => type === "function_call_output" || type === "custom_tool_call_output")
      .map(({ output }) => partsOf(output).map((part) => text(part["text"])).join("")),
    signature: items.some((item) => item["encrypted_content"] === RESPONSES_ENCRYPTED) ? "returned" : "none",
  };
}

const ITEMS: Readonly<Record<string, { readonly known: ReadonlySet<string>; readonly prefix: string }>> = {
  message: { known: words("type id role content status phase"), prefix: "msg" },
  "function_call": { known: words("type id call_id name arguments status namespace"), prefix: "fc" },
  "function_call_output": { known: words("type id call_id output status"), prefix: "fc" },
  "custom_tool_call": { known: words("type id call_id name input status namespace"), prefix: "ctc" },
  "custom_tool_call_output": { known: words("type id call_id output status"), prefix: "ctc" },
  reasoning: { known: words("type id summary content encrypted_content status"), prefix: "rs" },
};

function checkItem(item: Members, at: string): void {
  const type = text(item["type"]) || "message";
  const kind = ITEMS[type];
  if (kind === undefined) refuse(`Invalid value: '${type}'.`, at);
  onlyKnown(item, kind.known, (name) => `Unknown parameter: '${at}.${name}'.`);
  const { id } = item;
  if (id !== undefined && id !== null && !text(id).startsWith(`${kind.prefix}_`)) {
    refuse(`Invalid '${at}.id': '${id}'. Expected an ID that begins with '${kind.prefix}'.`, `${at}.id`);
  }
  if (type === "message") return checkMessage(item, at);
  if (type === "reasoning") {
    if (!Array.isArray(item["summary"])) {
      refuse(`Missing required parameter: '${at}.summary'.`, `${at}.summary`);
    }
    const sealed = item["encrypted_content"];
    if (sealed !== undefined && sealed !== null && sealed !== RESPONSES_ENCRYPTED) {
      refuse("The encrypted content could not be verified.", at);
    }
    return;
  }
  const callId = text(item["call_id"]);
  if (callId === "" || callId.length > MAX_CALL_ID_LENGTH) {
    refuse(`Missing required parameter: '${at}.call_id'.`, `${at}.call_id`);
  }
  if (type === "function_call" && typeof item["arguments"] !== "string") {
    refuse(`Invalid type for '${at}.arguments': expected a string.`, `${at}.arguments`);
  }
}

function checkMessage(item: Members, at: string): void {
  const role = text(item["role"]);
  const allowed = role === "assistant"
    ? ["output_text", "refusal"]
    : ["user", "system", "developer"].includes(role)
    ? ["input_text", "input_image", "input_file"]
    : refuse(`Invalid value: '${role}'.`, `${at}.role`);
  if (typeof item["content"] === "string") return;
  for (const part of partsOf(item["content"])) {
    if (!allowed.includes(text(part["type"]))) {
      refuse(`Invalid value: '${part["type"]}'. Supported values are: ${allowed}.`, `${at}.content`);
    }
    if (
      part["type"] === "input_image" &&
      !/^(data:image\/[a-z]+;base64,|https?:)/.test(text(part["image_url"]))
    ) {
      refuse("Invalid image URL.", `${at}.content`);
    }
  }
}

function checkCalls(items: readonly Members[]): void {
  const calls = items.filter(({ type }) => type === "function_call" || type === "custom_tool_call");
  const outputs = items.filter(({ type }) => /_call_output$/.test(text(type)));
  const asked = new Set(calls.map((item) => text(item["call_id"])));
  for (const item of outputs) {
    if (asked.delete(text(item["call_id"]))) continue;
    refuse(`No tool call found for function call output with call_id ${item["call_id"]}.`, "input");
  }
  if (asked.size > 0) refuse(`No tool output found for function call ${[...asked][0]}.`, "input");
}

function checkReasoning(items: readonly Members[]): void {
  for (const [index, item] of items.entries()) {
    if (item["type"] !== "reasoning") continue;
    const next = items[index + 1];
    const follows = next?.["role"] === "assistant" ||
      ["reasoning", "function_call", "custom_tool_call"].includes(text(next?.["type"]));
    if (!follows) {
      refuse(
        `Item '${item["id"]}' of type 'reasoning' was provided without its required following item.`,
        "input",
      );
    }
  }
}

function toolNames(given: unknown): string[] {
  const tool = members(given);
  if (tool["type"] === "namespace") return list(tool["tools"]).flatMap(toolNames);
  if (tool["type"] !== "function" && tool["type"] !== "custom") return [text(tool["type"])];
  if (tool["function"] !== undefined) refuse("Unknown parameter: 'tools[0].function'.", "tools[0].function");
  if (!TOOL_NAME.test(text(tool["name"]))) {
    refuse("Missing required parameter: 'tools[0].name'.", "tools[0].name");
  }
  return [text(tool["name"])];
}

function partsOf(content: unknown): readonly Members[] {
  return typeof content === "string" ? [{ text: content }] : list(content).map(members);
}

function imageType(part: Members): string {
  return /^data:([^;]+);/.exec(text(part["image_url"]))?.[1] ?? "url";
}

function hasSchema(given: unknown): boolean {
  const format = members(members(given)["format"]);
  if (format["type"] !== "json_schema") return false;
  if (text(format["name"]) === "") {
    refuse("Missing required parameter: 'text.format.name'.", "text.format.name");
  }
  return "heightMetres" in members(members(format["schema"])["properties"]);
}
