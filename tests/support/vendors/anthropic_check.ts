import { isObject, list, members, onlyKnown, refuse, text, words } from "./json.ts";
import type { Seen } from "./plan.ts";
import type { VendorRequest } from "./vendor_server.ts";

const KNOWN = words(
  `model messages max_tokens system temperature top_p top_k stop_sequences stream tools tool_choice
  thinking metadata service_tier output_config cache_control container context_management mcp_servers inference_geo
  speed betas diagnostics fallbacks output_format`,
);

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const CALL_ID = /^[a-zA-Z0-9_-]+$/;
const MAX_CACHE_MARKS = 4;
const MIN_BUDGET_TOKENS = 1024;

/** The signature that this vendor gives out. */
export const ANTHROPIC_SIGNATURE = "EqQBCkYIBxgCKkDvendorAnthropicSignature==";

type Members = Readonly<Record<string, unknown>>;

/** Reads a messages request as strictly as Anthropic does; throws `VendorRefusal`. */
export function readMessages({ body, headers }: VendorRequest, counting: boolean): Seen {
  if (!isObject(body)) refuse("The request body is not valid JSON.");
  onlyKnown(body, KNOWN, (name) => `${name}: Extra inputs are not permitted`);
  if (text(headers["anthropic-version"]) === "") refuse("anthropic-version: header is required");
  if (text(body["model"]) === "") refuse("model: Field required");
  if (!counting && typeof body["max_tokens"] !== "number") refuse("max_tokens: Field required");
  checkSampling(body, text(headers["anthropic-version"]));
  checkThinking(body);
  const messages = list(body["messages"]).map(members);
  messages.forEach(checkMessage);
  const turns = merged(messages);
  checkTurns(turns, body);
  checkMarks(body);
  const system = typeof body["system"] === "string" ? [{ text: body["system"] }] : blocksOf(body["system"]);
  for (const block of system) {
    if (typeof body["system"] !== "string" && text(block["text"]) === "") {
      refuse("system: text content blocks must be non-empty");
    }
  }
  const user = turns.filter(({ role }) => role === "user").flatMap(({ blocks }) => blocks);
  return {
    system: [
      ...system,
      ...messages.filter(({ role }) => role === "system").flatMap(({ content }) => blocksOf(content)),
    ].map((block) => text(block["text"])).join("\n"),
    prompt: user.map((block) => text(block["text"])).join(""),
    images: user.filter(({ type }) => type === "image").map((block) =>
      text(members(block["source"])["media_type"]) || "url"
    ),
    tools: list(body["tools"]).map(toolName),
    schema: hasSchema(body["output_config"]),
    thinking: isThinking(body),
    results: user.filter(({ type }) => type === "tool_result").map((block) =>
      (block["is_error"] === true ? "failed: " : "") +
      blocksOf(block["content"]).map((part) => text(part["text"])).join("")
    ),
    signature: turns.some(({ blocks }) => blocks.some(({ signature }) => signature === ANTHROPIC_SIGNATURE))
      ? "returned"
      : "none",
  };
}

function isThinking(body: Members): boolean {
  return ["adaptive", "enabled"].includes(text(members(body["thinking"])["type"]));
}

/** Models after Opus 4.6, and every model on the newer version of the API, take no sampling. */
function checkSampling(body: Members, version: string): void {
  const [, major = "0", minor = "0"] =
    /^claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?!\d)/.exec(text(body["model"])) ??
      [];
  const isNew = Number(major) > 4 || (Number(major) === 4 && Number(minor) > 6);
  for (const name of ["temperature", "top_p", "top_k"]) {
    if (body[name] === undefined || !(isNew || version >= "2026-10-21")) continue;
    refuse(`${name}: this parameter is not supported for this model`);
  }
}

function checkThinking(body: Members): void {
  const thinking = members(body["thinking"]);
  const budget = thinking["budget_tokens"];
  if (thinking["type"] === "enabled") {
    if (typeof budget !== "number" || budget < MIN_BUDGET_TOKENS) {
      refuse("thinking.budget_tokens: Input should be greater than or equal to 1024");
    }
    if (budget >= Number(body["max_tokens"])) {
      refuse("`max_tokens` must be greater than `thinking.budget_tokens`");
    }
  }
  const choice = members(body["tool_choice"])["type"];
  if (isThinking(body) && (choice === "any" || choice === "tool")) {
    refuse("Thinking may not be enabled when tool_choice forces tool use.");
  }
}

function checkMessage(message: Members, index: number): void {
  const at = `messages.${index}`;
  const { role, content } = message;
  if (!["user", "assistant", "system"].includes(text(role))) {
    refuse(`${at}.role: Input should be 'user' or 'assistant'`);
  }
  if (role === "system" && index === 0) refuse(`${at}.role: the first message must use the user role`);
  const blocks = blocksOf(content);
  if (role !== "assistant" && (blocks.length === 0 || content === "")) {
    refuse(`${at}: user messages must have non-empty content`);
  }
  for (const block of blocks) {
    const { type } = block;
    if (type === "text" && typeof content !== "string" && text(block["text"]) === "") {
      refuse(`${at}: text content blocks must be non-empty`);
    }
    if (type === "text" && role === "user" && text(block["text"]).trim() === "" && blocks.length === 1) {
      refuse(`${at}: text content blocks must contain non-whitespace text`);
    }
    checkBlock(block, text(role), at);
  }
}

function checkBlock(block: Members, role: string, at: string): void {
  const { type } = block;
  const allowed = role === "assistant"
    ? ["text", "thinking", "redacted_thinking", "tool_use", "server_tool_use"]
    : role === "system"
    ? ["text"]
    : ["text", "image", "document", "tool_result", "search_result"];
  if (!allowed.includes(text(type))) {
    refuse(`${at}.content.0.type: '${type}' is not allowed in ${role} messages`);
  }
  if (type === "tool_use") {
    if (!CALL_ID.test(text(block["id"]))) {
      refuse(`${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
    }
    if (!isObject(block["input"])) refuse(`${at}.tool_use.input: Input should be a valid dictionary`);
  }
  const source = members(block["source"]);
  if (type === "image" && source["type"] === "base64") {
    if (!/^image\/(jpeg|png|gif|webp)$/.test(text(source["media_type"]))) {
      refuse(
        `${at}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`,
      );
    }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text(source["data"]))) {
      refuse(`${at}.image.source: invalid base64 data`);
    }
  }
  if (type === "thinking" && block["signature"] !== ANTHROPIC_SIGNATURE) {
    refuse(`${at}: Invalid \`signature\` in \`thinking\` block`);
  }
}

interface Turn {
  readonly role: string;
  readonly blocks: readonly Members[];
}

/** Turns of one role in a row are one, as the vendor joins them; instructions in between are set apart. */
function merged(messages: readonly Members[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message["role"] === "system") continue;
    const last = turns.at(-1);
    const blocks = blocksOf(message["content"]);
    if (last?.role === message["role"]) {
      turns[turns.length - 1] = { role: last?.role ?? "", blocks: [...last?.blocks ?? [], ...blocks] };
    } else turns.push({ role: text(message["role"]), blocks });
  }
  return turns;
}

function checkTurns(turns: readonly Turn[], body: Members): void {
  if (turns.length === 0) refuse("messages: at least one message is required");
  if (turns[0]?.role !== "user") refuse("messages: first message must use the user role");
  if (turns.at(-1)?.role === "assistant") {
    refuse(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  for (const [index, { role, blocks }] of turns.entries()) {
    if (role !== "assistant") {
      const asked = callIds(turns[index - 1]);
      const last = blocks.findLastIndex(({ type }) => type === "tool_result");
      if (blocks.slice(0, last + 1).some(({ type }) => type !== "tool_result")) {
        refuse(`messages.${index}: tool_result blocks must come first in the content array`);
      }
      const orphan = blocks.find((block) =>
        block["type"] === "tool_result" && !asked.has(text(block["tool_use_id"]))
      );
      if (orphan !== undefined) {
        refuse(
          `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${
            orphan["tool_use_id"]
          }`,
        );
      }
      continue;
    }
    const answered = new Set(turns[index + 1]?.blocks.map((block) => text(block["tool_use_id"])));
    const open = [...callIds({ role, blocks })].filter((id) => !answered.has(id));
    if (open.length > 0) {
      refuse(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open}`,
      );
    }
    const isCurrent = index === turns.length - 2;
    if (isCurrent && isThinking(body) && callIds({ role, blocks }).size > 0) {
      const first = text(blocks[0]?.["type"]);
      if (first !== "thinking" && first !== "redacted_thinking") {
        refuse(
          `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\``,
        );
      }
    }
  }
}

function callIds(turn: Turn | undefined): Set<string> {
  return new Set(
    turn?.blocks.filter(({ type }) => type === "tool_use").map(({ id }) => text(id)) ?? [],
  );
}

function checkMarks(body: Members): void {
  const marks = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + marks(each), 0);
    if (!isObject(value)) return 0;
    const own = isObject(value["cache_control"]) ? 1 : 0;
    return own + marks(value["content"]);
  };
  const count = marks(body["system"]) + marks(body["messages"]) + marks(body["tools"]);
  if (count > MAX_CACHE_MARKS) {
    refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${count}.`);
  }
}

function toolName(given: unknown): string {
  const tool = members(given);
  if (tool["type"] !== undefined && tool["type"] !== "custom") return text(tool["name"]);
  if (!TOOL_NAME.test(text(tool["name"]))) refuse("tools.0.custom.name: String should match pattern");
  if (members(tool["input_schema"])["type"] !== "object") {
    refuse("tools.0.custom.input_schema.type: Field required");
  }
  const known = words(
    "type name description input_schema strict cache_control defer_loading input_examples eager_input_streaming allowed_callers",
  );
  onlyKnown(tool, known, (name) => `tools.0.custom.${name}: Extra inputs are not permitted`);
  return text(tool["name"]);
}

function blocksOf(content: unknown): readonly Members[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : list(content).map(members);
}

function hasSchema(given: unknown): boolean {
  const format = members(members(given)["format"]);
  return format["type"] === "json_schema" &&
    "heightMetres" in members(members(format["schema"])["properties"]);
}
