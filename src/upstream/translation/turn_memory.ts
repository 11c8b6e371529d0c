import type { ChatPart, ChatRequest, OpaqueSignature, ReasoningPart, ToolCallPart } from "../../core/chat.ts";
import type { Runtime } from "../../core/runtime.ts";

/** Most tool calls that are remembered, over all tenants; the one remembered longest ago makes room. */
const MAX_CALLS = 20_000;

/** How long one is remembered, in milliseconds: an agent's tool may take a while, a conversation is not kept for days. */
const KEEP_MS = 3_600_000;

/** Most characters of thought kept for one call; a longer one is forgotten, and the vendor told so by its absence. */
const MAX_THOUGHT_LENGTH = 65_536;

/** Most characters of thought kept for all calls together. */
const MAX_TOTAL_LENGTH = 32 * 1024 * 1024;

/** Ids that a vendor counts up (Kimi's `functions.look:0`): another conversation has the same ones. */
const COUNTED_ID = /:\d{1,4}$/;

/** What stood with a tool call in the vendor's answer and must go back with it. */
export interface CallCompany {
  /** Thoughts before the call, with their signatures. */
  readonly reasoning: readonly ReasoningPart[];
  readonly signature: OpaqueSignature | undefined;
}

interface Remembered extends CallCompany {
  readonly atMs: number;
  readonly length: number;
}

/**
 * Thoughts and signatures by tool call. A vendor wants them back in the next turn (Anthropic's thinking before a
 * tool's result, Gemini's signature on the call), but a client that speaks another format has nowhere to keep them.
 * In memory only; shared by all generations.
 */
export class TurnMemory {
  readonly #runtime: Runtime;
  readonly #calls = new Map<string, Remembered>();
  #length = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Keeps what stood with a call of `tenant`. */
  remember(tenant: string, callId: string, { reasoning, signature }: CallCompany): void {
    if (COUNTED_ID.test(callId)) return;
    const length = reasoning.reduce(
      (sum, part) => sum + part.text.length + (part.signature?.value.length ?? 0),
      signature?.value.length ?? 0,
    );
    if (length === 0 || length > MAX_THOUGHT_LENGTH) return;
    const key = keyOf(tenant, callId);
    this.#forget(key);
    this.#calls.set(key, { reasoning, signature, length, atMs: this.#runtime.monotonic() });
    this.#length += length;
    while (this.#calls.size > MAX_CALLS || this.#length > MAX_TOTAL_LENGTH) {
      const oldest = this.#calls.keys().next();
      if (oldest.done === true) return;
      this.#forget(oldest.value);
    }
  }

  /**
   * `request` with the thoughts and signatures that its own turns lack put back; `unsigned`: the upstream wants
   * thoughts back that it did not sign too. To others such a thought would be one that the client never sent.
   */
  recall(tenant: string, request: ChatRequest, unsigned = false): ChatRequest {
    if (this.#calls.size === 0) return request;
    let changed = false;
    const turns = request.turns.map((turn) => {
      if (turn.role !== "assistant") return turn;
      const parts = this.#completed(tenant, turn.parts, unsigned);
      changed ||= parts !== turn.parts;
      return { ...turn, parts };
    });
    return changed ? { ...request, turns } : request;
  }

  #completed(tenant: string, parts: readonly ChatPart[], unsigned: boolean): readonly ChatPart[] {
    const first = parts.find((part): part is ToolCallPart => part.kind === "tool_call");
    if (first === undefined) return parts;
    const own = parts.filter((part) => part.kind === "reasoning");
    const remembered = this.#find(tenant, first.id)?.reasoning ?? [];
    const found = unsigned ? remembered : remembered.filter(isSigned);
    // The client's own stay, but where they lost the signature that is known here.
    const isBetter = own.length === 0 || (!own.some(isSigned) && found.some(isSigned));
    const thoughts = isBetter ? found : [];
    let signed = false;
    const calls = parts.map((part) => {
      if (part.kind !== "tool_call" || part.signature !== undefined) return part;
      const signature = this.#find(tenant, part.id)?.signature;
      if (signature === undefined) return part;
      signed = true;
      return { ...part, signature };
    });
    if (thoughts.length === 0) return signed ? calls : parts;
    return [...thoughts, ...calls.filter((part) => part.kind !== "reasoning")];
  }

  #find(tenant: string, callId: string): Remembered | undefined {
    const key = keyOf(tenant, callId);
    const found = this.#calls.get(key);
    if (found === undefined || this.#runtime.monotonic() - found.atMs <= KEEP_MS) return found;
    this.#forget(key);
    return undefined;
  }

  #forget(key: string): void {
    const known = this.#calls.get(key);
    if (known === undefined) return;
    this.#calls.delete(key);
    this.#length -= known.length;
  }
}

function isSigned({ signature }: ReasoningPart): boolean {
  return signature !== undefined;
}

/** Tenants choose their ids' neighbours, not each other's: a name cannot hold the separator. */
function keyOf(tenant: string, callId: string): string {
  return `${tenant}\0${callId}`;
}
