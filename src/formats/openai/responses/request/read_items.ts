import type {
  ChatPart,
  ChatTurn,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { invalid, Members, ownNative, RESPONSES } from "../wire.ts";
import { readContent, readToolOutput } from "./read_content.ts";
import { flatName } from "./read_tools.ts";

/** The conversation of a request. */
export interface ReadInput {
  readonly system: readonly TextPart[];
  readonly turns: readonly ChatTurn[];
}

/** Items whose earlier half may be kept by the vendor and not be in `input`. */
const STATE_MEMBERS = ["previous_response_id", "conversation", "prompt"];

const MESSAGE_MEMBERS = new Set(["type", "role", "content", "id", "status", "phase"]);
const CALL_MEMBERS = new Set([
  "type",
  "id",
  "call_id",
  "name",
  "namespace",
  "arguments",
  "input",
  "output",
  "status",
  "created_by",
]);

/** Reads `instructions` and `input`. */
export function readInput(body: Members): ReadInput {
  const instructions = body.text("instructions");
  const system: TextPart[] = instructions === undefined ? [] : [{ kind: "text", text: instructions }];
  const hasState = STATE_MEMBERS.some((name) => body.value(name) !== undefined);
  const input = body.value("input");
  if (input === undefined) {
    return hasState ? { system, turns: [] } : invalid("input", "is missing: it must be a string or an array");
  }
  if (typeof input === "string") {
    return { system, turns: [{ role: "user", parts: [{ kind: "text", text: input }] }] };
  }
  const conversation = new Conversation(system, hasState);
  for (const item of body.objects("input") ?? []) conversation.add(item);
  return conversation;
}

/** Puts items together as turns: what the model gave in one go is one turn, and so are results in a row. */
class Conversation implements ReadInput {
  readonly system: TextPart[];
  readonly turns: { role: ChatTurn["role"]; parts: ChatPart[] }[] = [];
  /** Calls by id, with the name that the hub gives them; in the order they came. */
  readonly #names = new Map<string, string>();
  readonly #unanswered = new Set<string>();
  readonly #hasState: boolean;

  constructor(system: TextPart[], hasState: boolean) {
    this.system = system;
    this.#hasState = hasState;
  }

  add(item: Members): void {
    const type = item.text("type") ?? "message";
    switch (type) {
      case "message":
        return this.#addMessage(item);
      case "function_call":
      case "custom_tool_call":
        return this.#addModelPart(this.#readCall(item, type === "custom_tool_call"));
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#addResult(this.#readResult(item, type === "custom_tool_call_output"));
      case "reasoning":
        return this.#addModelPart(readReasoning(item));
      default: {
        const part: ChatPart = { kind: "native", format: RESPONSES, name: type, value: item.object };
        if (/(_output|_response|_reference)$/.test(type)) this.turns.push({ role: "user", parts: [part] });
        else this.#addModelPart(part);
      }
    }
  }

  #addMessage(item: Members): void {
    const own = { phase: item.text("phase"), message: item.others(MESSAGE_MEMBERS) };
    const parts = readContent(item, own);
    const role = item.text("role");
    // No vendor takes a turn without content.
    if (parts.length === 0 && role !== undefined) return;
    switch (role) {
      case "user":
        this.turns.push({ role: "user", parts: [...parts] });
        return;
      case "assistant":
        return this.#addAnswer(parts);
      case "system":
      case "developer":
        if (this.turns.length === 0 && parts.every((part) => part.kind === "text")) {
          this.system.push(...parts);
        } else this.turns.push({ role: "system", parts: [...parts] });
        return;
      default:
        invalid(item.path("role"), "must be 'user', 'assistant', 'system' or 'developer'");
    }
  }

  /** Two messages in a row stay apart: joined, they would go back as one. */
  #addAnswer(parts: readonly ChatPart[]): void {
    const last = this.turns.at(-1)?.parts.at(-1);
    if (last?.kind === "text" || last?.kind === "refusal") this.turns.push({ role: "assistant", parts: [] });
    this.#modelTurn().push(...parts);
  }

  #addModelPart(part: ChatPart): void {
    this.#modelTurn().push(part);
  }

  #modelTurn(): ChatPart[] {
    const last = this.turns.at(-1);
    if (last?.role === "assistant") return last.parts;
    const parts: ChatPart[] = [];
    this.turns.push({ role: "assistant", parts });
    return parts;
  }

  #addResult(part: ToolResultPart): void {
    const last = this.turns.at(-1);
    if (last?.role === "user" && last.parts.at(-1)?.kind === "tool_result") last.parts.push(part);
    else this.turns.push({ role: "user", parts: [part] });
  }

  #readCall(item: Members, custom: boolean): ToolCallPart {
    // An item's own `id` (`fc_…`) names another thing and never stands for `call_id`.
    const id = item.needText("call_id");
    const name = flatName(item.needText("name"), item.text("namespace"));
    this.#names.set(id, name);
    this.#unanswered.add(id);
    return {
      kind: "tool_call",
      id,
      name,
      arguments: item.text(custom ? "input" : "arguments") ?? "",
      ...(custom ? { custom } : {}),
      native: callNative(item),
    };
  }

  #readResult(item: Members, custom: boolean): ToolResultPart {
    const callId = item.text("call_id") || this.#oldestUnanswered(item);
    const name = this.#names.get(callId);
    if (name === undefined && !this.#hasState) {
      invalid(item.path("call_id"), "answers no call that stands before it in 'input'");
    }
    this.#unanswered.delete(callId);
    return {
      kind: "tool_result",
      callId,
      name,
      parts: readToolOutput(item),
      isError: false,
      ...(custom ? { custom } : {}),
      native: callNative(item),
    };
  }

  /** Codex is known to leave `call_id` out (openai/codex#42088): results come in the order of their calls. */
  #oldestUnanswered(item: Members): string {
    const [oldest] = this.#unanswered;
    return oldest ?? invalid(item.path("call_id"), "is missing, and no call before it waits for an output");
  }
}

function callNative(item: Members): ToolCallPart["native"] {
  return ownNative({ other: item.others(CALL_MEMBERS) });
}

function readReasoning(item: Members): ReasoningPart {
  const encrypted = item.text("encrypted_content");
  return {
    kind: "reasoning",
    text: reasoningText(item.object),
    signature: encrypted === undefined ? undefined : { format: RESPONSES, value: encrypted },
    id: item.text("id"),
  };
}

/** What an item of reasoning shows: its summaries, or the thoughts themselves where there is no summary. */
export function reasoningText(item: JsonObject): string {
  const texts = (list: unknown) =>
    (Array.isArray(list) ? list : []).map((part) => isJsonObject(part) && part.text)
      .filter((text) => typeof text === "string");
  const summary = texts(item.summary);
  return (summary.length > 0 ? summary : texts(item.content)).join("\n\n");
}
