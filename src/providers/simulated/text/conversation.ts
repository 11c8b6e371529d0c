import { VendorRefusal } from "../vendor_refusal.ts";
import { isJsonObject, type JsonObject, listIn, objectIn, textIn } from "./json.ts";
import { countTokens } from "./tokens.ts";

/** What an answer needs to know of a conversation. */
export interface Conversation {
  /** Last thing a user wrote; empty when none did. */
  readonly userText: string;
  /** What a tool answered, when that is the last turn. */
  readonly toolOutput: string | undefined;
  /** Whether the last turn is a user's: then a tool may be called. */
  readonly userSpoke: boolean;
  /** About how many tokens it all is. */
  readonly promptTokens: number;
}

/** Tokens that each message costs beside its text. */
const TOKENS_PER_MESSAGE = 4;
/** Tokens that a part costs which is not text: an image, audio, a file. */
const TOKENS_PER_MEDIUM = 85;

/** Reads the `messages` of a chat request; refuses with 400 what is not a list of messages. */
export function readMessages(body: JsonObject): Conversation {
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new VendorRefusal(400, "Missing required parameter: 'messages'", { param: "messages" });
  }
  return read(messages, "messages");
}

/** Reads the `input` of a Responses request: a text, or a list of items. */
export function readInput(body: JsonObject): Conversation {
  const input = body["input"];
  if (typeof input === "string") return read([{ role: "user", content: input }], "input");
  if (!Array.isArray(input) || input.length === 0) {
    throw new VendorRefusal(400, "Missing required parameter: 'input'", { param: "input" });
  }
  return read(input, "input");
}

function read(turns: readonly unknown[], param: string): Conversation {
  let userText = "";
  let toolOutput: string | undefined;
  let userSpoke = false;
  let promptTokens = 0;
  for (const turn of turns) {
    if (!isJsonObject(turn) || (textIn(turn, "role") ?? textIn(turn, "type")) === undefined) {
      throw new VendorRefusal(400, `Invalid '${param}': each item must be an object with a role or a type`, {
        param,
      });
    }
    const text = textOf(turn["content"] ?? turn["output"]);
    const isTool = turn["role"] === "tool" || textIn(turn, "type")?.endsWith("_call_output") === true;
    userSpoke = turn["role"] === "user";
    toolOutput = isTool ? text : undefined;
    if (userSpoke) userText = text;
    promptTokens += TOKENS_PER_MESSAGE + countTokens(text) + mediaTokens(turn["content"]) + callTokens(turn);
  }
  return { userText, toolOutput, userSpoke, promptTokens };
}

/** A content's text: itself, or its text parts, one a line. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.filter(isJsonObject).flatMap((part) => textIn(part, "text") ?? []).join("\n");
}

function mediaTokens(content: unknown): number {
  if (!Array.isArray(content)) return 0;
  return content.filter((part) => !(isJsonObject(part) && typeof part["text"] === "string")).length *
    TOKENS_PER_MEDIUM;
}

function callTokens(turn: JsonObject): number {
  const calls = listIn(turn, "tool_calls").filter(isJsonObject).map((call) =>
    objectIn(call, "function") ?? {}
  );
  return [turn, ...calls].reduce((sum, call) => sum + countTokens(textIn(call, "arguments") ?? ""), 0);
}
