import type {
  ChatPart,
  ChatRequest,
  ChatTurn,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { type CallIdRule, wireCallId } from "../../../translation/tool_names.ts";
import { compact, ownMembersOf, RESPONSES } from "../wire.ts";
import {
  isMessagePart,
  type MessagePart,
  type Speaker,
  spread,
  writePart,
  writeToolOutput,
} from "./write_content.ts";
import { TOOL_NAME_RULE, wireName } from "./write_tools.ts";

/** At most 64 characters; source: `protocols.md` §10.2, ids. */
const CALL_ID_RULE: CallIdRule = { pattern: /^[\x21-\x7e]+$/, maxLength: 64 };

/** `instructions` and the messages that stand before the conversation. */
export interface WrittenSystem {
  readonly instructions: string | undefined;
  readonly items: readonly JsonObject[];
}

/** The first text is `instructions`, the rest is one developer message; marked texts all stand in the message. */
export function writeSystem(system: readonly TextPart[], { losses }: WriteContext): WrittenSystem {
  const isPlain = system[0] !== undefined && system[0].cache === undefined;
  const rest = isPlain ? system.slice(1) : system;
  const content = rest.map((part) => writePart(part, "developer", losses));
  return {
    instructions: isPlain ? system[0]?.text : undefined,
    items: content.length === 0 ? [] : [{ type: "message", role: "developer", content }],
  };
}

/** Writes the turns of a conversation as items. */
export function writeTurns(request: ChatRequest, context: WriteContext): readonly JsonObject[] {
  return request.turns.flatMap((turn, index) => {
    if (turn.name !== undefined) context.losses.drop("speakerName");
    const isFollowed = request.turns[index + 1]?.role === "assistant";
    return new TurnItems(request, context, turn.role).write(turn.parts, isFollowed);
  });
}

const SPEAKERS: Readonly<Record<ChatTurn["role"], Speaker>> = {
  system: "developer",
  user: "user",
  assistant: "assistant",
};

class TurnItems {
  readonly #request: ChatRequest;
  readonly #context: WriteContext;
  readonly #speaker: Speaker;
  readonly #items: JsonObject[] = [];
  /** The message that the next part goes into. */
  #message: { readonly content: JsonObject[]; readonly phase: unknown } | undefined;

  constructor(request: ChatRequest, context: WriteContext, role: ChatTurn["role"]) {
    this.#request = request;
    this.#context = context;
    this.#speaker = SPEAKERS[role];
  }

  /** `isFollowed`: the model goes on in the next turn. */
  write(parts: readonly ChatPart[], isFollowed: boolean): readonly JsonObject[] {
    for (const [index, part] of parts.entries()) {
      if (isMessagePart(part)) this.#addToMessage(part);
      else {
        this.#message = undefined;
        // The vendor refuses reasoning that nothing follows.
        const isLast = index === parts.length - 1 && !isFollowed;
        if (part.kind !== "reasoning" || !isLast) this.#addItem(part);
      }
    }
    return this.#items;
  }

  #addToMessage(part: MessagePart): void {
    const { phase, message } = ownMembersOf(part);
    if (this.#message === undefined || this.#message.phase !== phase) {
      const content: JsonObject[] = [];
      this.#message = { content, phase };
      this.#items.push(compact({ type: "message", role: this.#speaker, content, phase, ...spread(message) }));
    }
    this.#message.content.push(writePart(part, this.#speaker, this.#context.losses));
  }

  #addItem(part: Exclude<ChatPart, MessagePart>): void {
    const { losses } = this.#context;
    switch (part.kind) {
      case "tool_call":
        this.#items.push(this.#call(part));
        return;
      case "tool_result":
        this.#items.push({
          type: part.custom ? "custom_tool_call_output" : "function_call_output",
          call_id: wireCallId(part.callId, CALL_ID_RULE),
          output: writeToolOutput(part, losses),
          ...spread(ownMembersOf(part).other),
        });
        return;
      case "reasoning": {
        const item = writeReasoning(part);
        if (item !== undefined) this.#items.push(item);
        else losses.drop(part.text === "" ? "reasoningSignature" : "reasoningText");
        return;
      }
      case "native":
        if (part.format === RESPONSES) this.#items.push(part.value);
    }
  }

  #call(part: ToolCallPart): JsonObject {
    const { names } = this.#context;
    const { name, namespace } = wireName(part.name, this.#request.tools);
    return compact({
      type: part.custom ? "custom_tool_call" : "function_call",
      call_id: wireCallId(part.id, CALL_ID_RULE),
      name: namespace === undefined ? names.wire(name, TOOL_NAME_RULE) : name,
      namespace,
      ...(part.custom ? { input: part.arguments } : { arguments: part.arguments || "{}" }),
      ...spread(ownMembersOf(part).other),
    });
  }
}

/**
 * Thoughts go back only with the encrypted content of this format: the vendor looks an item without it up in its
 * own store, where nothing of ours is.
 */
function writeReasoning({ signature, id, text }: ReasoningPart): JsonObject | undefined {
  if (signature?.format !== RESPONSES) return undefined;
  return compact({
    type: "reasoning",
    id,
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: signature.value,
  });
}
