import type { ChatEvent, ChatPart, ChatRequest, ChatTool } from "../../core/chat.ts";
import type { LossList } from "./loss_list.ts";
import { isJsonObject, parseExact } from "../../core/bytes/exact_json.ts";

/** Most characters of a custom tool's arguments that are gathered before they are unwrapped. */
const MAX_GATHERED_LENGTH = 16 * 1024 * 1024;

/**
 * Gives custom (free text) tools back their free text: other vendors were offered a function with one string
 * `input` in their place, and call it with JSON.
 */
export class CustomCalls {
  readonly #custom: ReadonlySet<string>;
  readonly #gathered = new Map<string, string>();

  constructor({ tools }: ChatRequest) {
    this.#custom = new Set(tools.filter((tool: ChatTool) => tool.kind === "custom").map(({ name }) => name));
  }

  /** The part as the client's format knows it. */
  part(part: ChatPart): ChatPart {
    if (part.kind !== "tool_call" || part.custom === true || !this.#custom.has(part.name)) return part;
    return { ...part, custom: true, arguments: inputOf(part.arguments) };
  }

  /** The events that stand for one. */
  events(event: ChatEvent): readonly ChatEvent[] {
    if (this.#custom.size === 0) return [event];
    switch (event.kind) {
      case "tool_start":
        if (event.custom === true || !this.#custom.has(event.name)) return [event];
        this.#gathered.set(callKey(event), "");
        return [{ ...event, custom: true }];
      case "tool_arguments": {
        const before = this.#gathered.get(callKey(event));
        if (before === undefined) return [event];
        if (before.length + event.text.length <= MAX_GATHERED_LENGTH) {
          this.#gathered.set(callKey(event), before + event.text);
        }
        return [];
      }
      case "tool_end": {
        const gathered = this.#gathered.get(callKey(event));
        if (gathered === undefined) return [event];
        this.#gathered.delete(callKey(event));
        const { choice, call } = event;
        return [{ kind: "tool_arguments", choice, call, text: inputOf(gathered) }, event];
      }
      default:
        return [event];
    }
  }
}

function callKey({ choice, call }: { readonly choice: number; readonly call: number }): string {
  return `${choice}/${call}`;
}

/** The arguments of a function that stands for a custom tool. */
const INPUT_SCHEMA = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
} as const;

/**
 * The request with every custom tool as a function with one text, its calls and their results in earlier turns
 * likewise; told to `losses` where the tool's grammar gets lost by that.
 */
export function withoutCustomTools(request: ChatRequest, losses: LossList): ChatRequest {
  if (!request.tools.some(({ kind }) => kind === "custom") && !hasCustomCalls(request)) return request;
  return {
    ...request,
    tools: request.tools.map((tool) => {
      if (tool.kind !== "custom") return tool;
      if (hasGrammar(tool)) losses.dropMember("tools.format");
      const { name, description, namespace } = tool;
      return { kind: "function", name, description, namespace, parameters: INPUT_SCHEMA };
    }),
    turns: request.turns.map((turn) => ({ ...turn, parts: turn.parts.map(plainPart) })),
  };
}

function hasCustomCalls({ turns }: ChatRequest): boolean {
  return turns.some(({ parts }) => parts.some((part) => "custom" in part && part.custom === true));
}

function plainPart(part: ChatPart): ChatPart {
  if (part.kind === "tool_result" && part.custom === true) return { ...part, custom: false };
  if (part.kind !== "tool_call" || part.custom !== true) return part;
  return { ...part, custom: false, arguments: JSON.stringify({ input: part.arguments }) };
}

function hasGrammar({ native }: ChatTool): boolean {
  const { format, custom } = native?.members ?? {};
  const shape = format ?? (isJsonObject(custom) ? custom["format"] : undefined);
  return isJsonObject(shape) && shape["type"] !== "text";
}

/** The `input` of the function's arguments; what is no such object is the free text itself. */
function inputOf(text: string): string {
  try {
    const value = parseExact(text);
    return isJsonObject(value) && typeof value["input"] === "string" ? value["input"] : text;
  } catch {
    return text;
  }
}
