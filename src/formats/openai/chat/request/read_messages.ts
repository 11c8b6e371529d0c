import type { ChatPart, ChatTurn, TextPart, ToolCallPart, ToolResultPart } from "../../../../core/chat.ts";
import { isJsonObject } from "../../../../core/bytes/exact_json.ts";
import { readGoogleSignature } from "../../shared/google_signature.ts";
import { nativeMembers } from "../../shared/native_members.ts";
import { malformed, RequestMembers } from "../../shared/request_members.ts";
import { OPENAI_CHAT } from "../format_name.ts";
import { readContent } from "./read_content.ts";

/** A conversation, its leading instructions apart. */
export interface ReadConversation {
  readonly system: readonly TextPart[];
  readonly turns: readonly ChatTurn[];
}

/** Reads `messages`. Leading instructions that carry more than text (a speaker's name) stay turns in their place. */
export function readMessages(list: readonly unknown[] | undefined): ReadConversation {
  if (list === undefined || list.length === 0) throw malformed("messages", "a list with a message in it");
  const calls = new CallNames();
  const turns = list.map((value, at) => readMessage(RequestMembers.of(value, `messages[${at}]`), calls));
  const first = turns.findIndex((turn) => !isPlainInstruction(turn));
  const leading = first < 0 ? turns.length : first;
  return {
    system: turns.slice(0, leading).flatMap((turn) => turn.parts.filter(isText)),
    turns: turns.slice(leading),
  };
}

function isPlainInstruction(turn: ChatTurn): boolean {
  return turn.role === "system" && turn.name === undefined && turn.native === undefined;
}

function isText(part: ChatPart): part is TextPart {
  return part.kind === "text";
}

/** Names of the tools called so far, by the id of the call: results do not tell them. */
class CallNames {
  readonly #names = new Map<string, string>();
  readonly #idsOfFunctions = new Map<string, string>();
  #functions = 0;

  add(id: string, name: string): void {
    this.#names.set(id, name);
  }

  of(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** An id for a call in the deprecated form, which has none. */
  addFunction(name: string): string {
    const id = `call_function_${this.#functions++}`;
    this.#idsOfFunctions.set(name, id);
    this.add(id, name);
    return id;
  }

  /** The id of the last such call of `name`. */
  idOfFunction(name: string): string {
    return this.#idsOfFunctions.get(name) ?? this.addFunction(name);
  }
}

function readMessage(message: RequestMembers, calls: CallNames): ChatTurn {
  const role = message.requiredText("role");
  switch (role) {
    case "system":
    case "developer":
      return endOfTurn("system", message, textsOf(message));
    case "user":
      return endOfTurn("user", message, contentOf(message));
    case "assistant":
      return endOfTurn("assistant", message, assistantParts(message, calls));
    case "tool":
      return { role: "user", parts: [readResult(message, calls)] };
    case "function":
      return { role: "user", parts: [readFunctionResult(message, calls)] };
    default:
      throw malformed(message.param("role"), "system, developer, user, assistant or tool");
  }
}

function endOfTurn(role: ChatTurn["role"], message: RequestMembers, parts: readonly ChatPart[]): ChatTurn {
  const name = message.text("name");
  const citations = message.list("annotations") ?? []; // SDKs send an answer back with its empty lists.
  const members = { ...message.rest(), ...(citations.length > 0 && { annotations: citations }) };
  const native = nativeMembers(OPENAI_CHAT, members);
  return { role, parts, ...(name !== undefined && { name }), ...(native && { native }) };
}

function contentOf(message: RequestMembers): readonly ChatPart[] {
  return readContent(message.value("content"), message.param("content"));
}

function textsOf(message: RequestMembers): readonly TextPart[] {
  const parts = contentOf(message);
  if (!parts.every(isText)) throw malformed(message.param("content"), "text");
  return parts;
}

function assistantParts(message: RequestMembers, calls: CallNames): ChatPart[] {
  const parts: ChatPart[] = [];
  const thought = message.text("reasoning_content");
  const alias = message.value("reasoning");
  const reasoning = thought || (typeof alias === "string" ? alias : "");
  if (reasoning !== "") parts.push({ kind: "reasoning", text: reasoning });
  parts.push(...contentOf(message));
  const refusal = message.text("refusal");
  if (refusal !== undefined) parts.push({ kind: "refusal", text: refusal });
  for (const [at, value] of (message.list("tool_calls") ?? []).entries()) {
    const call = readCall(RequestMembers.of(value, `${message.param("tool_calls")}[${at}]`), value);
    calls.add(call.id, call.name);
    parts.push(call);
  }
  const deprecated = message.inner("function_call");
  if (deprecated !== undefined) {
    const name = deprecated.requiredText("name");
    const text = deprecated.requiredText("arguments");
    parts.push({ kind: "tool_call", id: calls.addFunction(name), name, arguments: text });
  }
  return parts;
}

function readCall(call: RequestMembers, value: unknown): ToolCallPart {
  const id = call.requiredText("id");
  if (id === "") throw malformed(call.param("id"), "the id of a call");
  const type = call.text("type") ?? "function";
  if (type !== "function" && type !== "custom") throw malformed(call.param("type"), "function or custom");
  call.value("index"); // Left over from a stream; it says nothing here.
  const called = call.requiredInner(type);
  const name = called.requiredText("name");
  const text = called.requiredText(type === "custom" ? "input" : "arguments");
  const signature = isJsonObject(value) ? readGoogleSignature(value) : undefined;
  if (signature !== undefined) call.value("extra_content");
  const native = nativeMembers(OPENAI_CHAT, call.rest());
  return {
    kind: "tool_call",
    id,
    name,
    arguments: text,
    ...(type === "custom" && { custom: true }),
    ...(signature && { signature }),
    ...(native && { native }),
  };
}

function readResult(message: RequestMembers, calls: CallNames): ToolResultPart {
  const callId = message.requiredText("tool_call_id");
  const name = message.text("name") ?? calls.of(callId);
  const parts = resultParts(message);
  const native = nativeMembers(OPENAI_CHAT, message.rest());
  return {
    kind: "tool_result",
    callId,
    ...(name !== undefined && { name }),
    parts,
    isError: false,
    ...(native && { native }),
  };
}

function readFunctionResult(message: RequestMembers, calls: CallNames): ToolResultPart {
  const name = message.requiredText("name");
  const callId = calls.idOfFunction(name);
  return { kind: "tool_result", callId, name, parts: resultParts(message), isError: false };
}

function resultParts(message: RequestMembers): ToolResultPart["parts"] {
  const parts = contentOf(message);
  return parts.map((part) => {
    if (part.kind === "text" || part.kind === "image" || part.kind === "file") return part;
    throw malformed(message.param("content"), "text");
  });
}
