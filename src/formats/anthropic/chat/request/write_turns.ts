import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatRequest, ChatTurn } from "../../../../core/chat.ts";
import { asContent, writeBlocks } from "./write_blocks.ts";
import { ownMembers, type Writing } from "./writing.ts";

/** A message of the vendor's `messages`, its content still a list. */
export interface WrittenTurn {
  readonly role: ChatTurn["role"];
  blocks: JsonObject[];
  /** Members of the turn beside these, of this format's own. */
  readonly own: JsonObject;
}

/** Stands before a conversation that an assistant opens: the vendor wants a user to. */
const OPENING = "(The conversation begins.)";

/**
 * Writes the turns by the vendor's rules: a user opens, turns of one role are one message, what tools gave back
 * stands first in it and right after the calls, nothing is empty, thoughts lead. An instruction in the middle is a
 * `system` message where the model takes one (right after a user's), else it joins the user's next turn.
 */
export function writeTurns(request: ChatRequest, writing: Writing): WrittenTurn[] {
  const written = new TurnWriter(writing);
  for (const turn of request.turns) written.add(turn);
  return written.whole();
}

/** One message as JSON. */
export function messageOf({ role, blocks, own }: WrittenTurn): JsonObject {
  return { role, ...(blocks.length === 0 ? {} : { content: asContent(blocks) }), ...own };
}

class TurnWriter {
  readonly #writing: Writing;
  readonly #turns: WrittenTurn[] = [];
  /** Instructions whose place is not known before the next turn is. */
  #held: JsonObject[] = [];

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  add(turn: ChatTurn): void {
    if (turn.name !== undefined) this.#writing.losses.drop("speakerName");
    const own = ownMembers(turn);
    const blocks = writeBlocks(turn.parts, this.#writing);
    if (turn.role === "system") {
      if (this.#writing.isOwn) this.#turns.push({ role: "system", blocks, own });
      else this.#held.push(...blocks);
      return;
    }
    if (blocks.length === 0) return;
    const isUser = turn.role === "user";
    const hasResults = isUser && blocks.some((block) => block.type === "tool_result");
    if (!hasResults && this.#mayStandAlone()) this.#standAlone();
    if (isUser) blocks.unshift(...this.#folded());
    this.#push({ role: turn.role, blocks, own });
  }

  /** Whether held instructions may be a message of their own here: what tools gave back must follow the calls at once. */
  #mayStandAlone(): boolean {
    return this.#writing.claude.systemTurns && this.#turns.at(-1)?.role === "user";
  }

  #standAlone(): void {
    if (this.#held.length > 0) this.#turns.push({ role: "system", blocks: this.#held, own: {} });
    this.#held = [];
  }

  /** Held instructions as text of a user's turn, marked as what they are. */
  #folded(): JsonObject[] {
    if (this.#held.length > 0) this.#writing.losses.drop("systemPosition");
    const folded = this.#held.map((block) => ({
      ...block,
      text: `<system_instruction>\n${block.text}\n</system_instruction>`,
    }));
    this.#held = [];
    return folded;
  }

  #push(turn: WrittenTurn): void {
    const last = this.#turns.at(-1);
    const isPlain = Object.keys(turn.own).length === 0;
    if (last?.role === turn.role && isPlain) last.blocks.push(...turn.blocks);
    else this.#turns.push(turn);
  }

  whole(): WrittenTurn[] {
    if (this.#mayStandAlone()) this.#standAlone();
    const rest = this.#folded();
    if (rest.length > 0) this.#push({ role: "user", blocks: rest, own: {} });
    if (this.#turns[0]?.role !== "user" && !this.#writing.isOwn) {
      this.#turns.unshift({ role: "user", blocks: [{ type: "text", text: OPENING }], own: {} });
    }
    for (const turn of this.#turns) {
      if (turn.role === "user") turn.blocks = first(turn.blocks, ["tool_result"]);
      const leads = turn.blocks[0]?.type;
      if (turn.role === "assistant" && leads !== "thinking" && leads !== "redacted_thinking") {
        turn.blocks = first(turn.blocks, ["thinking", "redacted_thinking"]);
      }
    }
    return this.#turns;
  }
}

/** The blocks of these types before the others, each in their order. */
function first(blocks: readonly JsonObject[], types: readonly string[]): JsonObject[] {
  const isFirst = (block: JsonObject) => types.includes(String(block.type));
  return [...blocks.filter(isFirst), ...blocks.filter((block) => !isFirst(block))];
}
