import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { OpaqueSignature } from "../../../../core/chat.ts";
import { unusable } from "../../../translation/unusable.ts";
import { OWN_FORMAT, writeSignature } from "../signatures.ts";
import { isWholeInput } from "../../../translation/tool_input.ts";

/** Takes one event of the stream. */
type Put = (event: JsonObject & { readonly type: string }) => void;

/** Most characters of an open call and of what waits for it to end. */
const MAX_HELD_CHARS = 16_777_216;

/** A block of the answer: the first of the queue is open, the others wait until it is closed. */
interface Block {
  readonly kind: "text" | "thinking" | "call";
  /** `content_block` of its beginning. */
  readonly beginning: JsonObject;
  /** The call's number, of a call. */
  readonly call?: number;
  /** Arguments are the text of a custom tool, which must be written as one JSON object when it is whole. */
  readonly isFreeText: boolean;
  /** Of a block that waits: what is to be written of it. Of an open call: its arguments so far. */
  held: string[];
  /** How long the arguments were when they were last found to be unfinished. */
  checkedChars: number;
  signature: OpaqueSignature | undefined;
  isWhole: boolean;
}

/**
 * Puts pieces that may interleave into blocks of which one is open at a time, as the format wants it. What belongs
 * to the open block goes out at once. A call's block is closed when it ends, or when its arguments are a whole
 * object and others wait; what is told of other blocks before is held, at most {@link MAX_HELD_CHARS}.
 */
export class BlockQueue {
  readonly #put: Put;
  readonly #blocks: Block[] = [];
  #index = 0;
  #heldChars = 0;

  constructor(put: Put) {
    this.#put = put;
  }

  text(text: string): void {
    if (text !== "") this.#addText("text", { type: "text", text: "", citations: null }, text);
  }

  reasoning(text: string): void {
    if (text !== "") this.#addText("thinking", { type: "thinking", thinking: "", signature: "" }, text);
  }

  /** Ends the thoughts before it; where there are none, a block without text carries the signature. */
  endReasoning(signature: OpaqueSignature | undefined, redacted: boolean | undefined): void {
    const last = this.#blocks.at(-1);
    if (last?.kind === "thinking" && !last.isWhole) {
      last.signature = signature;
      last.isWhole = true;
    } else if (signature !== undefined) {
      const isRedacted = redacted === true && signature.format === OWN_FORMAT;
      const beginning = isRedacted
        ? { type: "redacted_thinking", data: signature.value }
        : { type: "thinking", thinking: "", signature: "" };
      const kind = isRedacted ? "text" : "thinking";
      this.#enqueue({ ...newBlock(kind, beginning), signature, isWhole: true });
    }
    this.#advance();
  }

  startCall({ call, id, name, custom }: {
    readonly call: number;
    readonly id: string;
    readonly name: string;
    readonly custom?: boolean | undefined;
  }): void {
    const beginning = { type: "tool_use", id, name, input: {} };
    this.#enqueue({ ...newBlock("call", beginning), call, isFreeText: custom === true });
  }

  addArguments(call: number, text: string): void {
    const block = this.#blocks.find((one) => one.call === call);
    if (block === undefined || text === "") return;
    this.#hold(block, text);
    if (block === this.#blocks[0]) {
      if (!block.isFreeText) this.#putDelta(block, text);
    } else this.#advance();
  }

  endCall(call: number): void {
    const block = this.#blocks.find((one) => one.call === call);
    if (block === undefined) return;
    block.isWhole = true;
    this.#advance();
  }

  /** Closes all blocks: nothing more comes. */
  finish(): void {
    for (const block of this.#blocks) block.isWhole = true;
    this.#advance();
  }

  #addText(kind: "text" | "thinking", beginning: JsonObject, text: string): void {
    let last = this.#blocks.at(-1);
    if (last?.kind !== kind || last.isWhole) {
      last = newBlock(kind, beginning);
      this.#enqueue(last);
    }
    if (last === this.#blocks[0]) this.#putDelta(last, text);
    else this.#hold(last, text);
  }

  #enqueue(block: Block): void {
    // Texts and thoughts have no end of their own: what comes after them ends them.
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.kind !== "call") last.isWhole = true;
    this.#blocks.push(block);
    if (this.#blocks.length === 1) this.#open(block);
    this.#advance();
  }

  #hold(block: Block, text: string): void {
    block.held.push(text);
    this.#heldChars += text.length;
    if (this.#heldChars <= MAX_HELD_CHARS) return;
    throw unusable(
      "The upstream told more of its tool calls at once than can be put in order. Ask for one call at a time.",
    );
  }

  /** Closes the open block as often as it is whole, and opens the next. */
  #advance(): void {
    for (let open = this.#blocks[0]; open !== undefined; open = this.#blocks[0]) {
      if (!open.isWhole && !this.#isOver(open)) return;
      this.#close(open);
      this.#blocks.shift();
      const [next] = this.#blocks;
      if (next !== undefined) this.#open(next);
    }
  }

  /** Whether others wait for a call whose arguments can only be followed by nothing: it is over before it is ended. */
  #isOver(open: Block): boolean {
    if (this.#blocks.length < 2 || open.kind !== "call" || open.isFreeText) return false;
    const text = open.held.join("");
    open.held = [text];
    // Most pieces that come meanwhile are of others, and most of its own do not end an object: only a few are parsed.
    if (text.length === open.checkedChars || !text.trimEnd().endsWith("}")) return false;
    open.checkedChars = text.length;
    return isWholeInput(text);
  }

  #open(block: Block): void {
    this.#put({ type: "content_block_start", index: this.#index, ["content_block"]: block.beginning });
    const text = block.held.join("");
    if (text !== "" && !block.isFreeText) this.#putDelta(block, text);
  }

  #close(block: Block): void {
    const text = block.held.join("");
    this.#heldChars -= text.length;
    if (block.isFreeText) this.#putDelta(block, JSON.stringify({ input: text }));
    if (block.kind === "thinking") {
      this.#delta({ type: "signature_delta", signature: writeSignature(block.signature) });
    }
    this.#put({ type: "content_block_stop", index: this.#index });
    this.#index++;
  }

  #putDelta({ kind }: Block, text: string): void {
    if (kind === "text") this.#delta({ type: "text_delta", text });
    else if (kind === "thinking") this.#delta({ type: "thinking_delta", thinking: text });
    else this.#delta({ type: "input_json_delta", ["partial_json"]: text });
  }

  #delta(delta: JsonObject): void {
    this.#put({ type: "content_block_delta", index: this.#index, delta });
  }
}

function newBlock(kind: Block["kind"], beginning: JsonObject): Block {
  return {
    kind,
    beginning,
    isFreeText: false,
    held: [],
    checkedChars: 0,
    signature: undefined,
    isWhole: false,
  };
}
