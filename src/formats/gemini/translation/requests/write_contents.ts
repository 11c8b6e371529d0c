import type { ChatPart, ChatTurn, ToolResultPart } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { isThirdGeneration } from "../model_generation.ts";
import { nativeMembers } from "../own_members.ts";
import { type KnownCall, writePart, writeResult } from "./write_parts.ts";

/** What Google documents for a call that another model made: its signature is then not asked for. */
const NO_SIGNATURE = "skip_thought_signature_validator";

interface Content {
  readonly role: "user" | "model";
  readonly members: JsonObject;
  readonly parts: JsonObject[];
  /** In a user's content, results of tools: they stand first, in the order of their calls. */
  readonly results: { readonly order: number; readonly parts: readonly JsonObject[] }[];
}

/** Writes the turns of a conversation as `contents`. */
export function writeContents(turns: readonly ChatTurn[], context: WriteContext): JsonObject[] {
  const writer = new ContentsWriter(context);
  for (const turn of turns) writer.add(turn);
  return writer.whole();
}

/**
 * Gemini wants a model's calls answered by one content that follows at once, with as many results and in the same
 * order; instructions in the middle become marked text of the user's next turn.
 */
class ContentsWriter {
  readonly #context: WriteContext;
  readonly #contents: Content[] = [];
  readonly #calls = new Map<string, KnownCall>();
  /** Instructions that wait for a place where they do not part calls from their results. */
  #waiting: JsonObject[] = [];

  constructor(context: WriteContext) {
    this.#context = context;
  }

  add(turn: ChatTurn): void {
    if (turn.name !== undefined) this.#context.losses.drop("speakerName");
    if (turn.role === "system") this.#addInstruction(turn.parts);
    else if (turn.role === "assistant") this.#addModel(turn);
    else this.#addUser(turn);
  }

  whole(): JsonObject[] {
    this.#placeWaiting();
    if (isThirdGeneration(this.#context.model)) signCurrentTurn(this.#contents);
    return this.#contents.map(({ role, members, parts, results }) => ({
      role,
      parts: [...sorted(results), ...parts],
      ...members,
    })).filter(({ parts }) => parts.length > 0);
  }

  #addInstruction(parts: readonly ChatPart[]): void {
    const texts = parts.flatMap((part) => part.kind === "text" && part.text !== "" ? [part.text] : []);
    if (texts.length === 0) return;
    this.#context.losses.drop("systemPosition");
    this.#waiting.push({ text: `<system>\n${texts.join("\n\n")}\n</system>` });
  }

  #addModel(turn: ChatTurn): void {
    this.#placeWaiting();
    const last = this.#contents.at(-1);
    const content = last?.role === "model" ? last : this.#begin("model", turn);
    for (const part of turn.parts) {
      if (part.kind === "tool_call") {
        this.#calls.set(part.id, { name: part.name, order: this.#calls.size });
      }
      content.parts.push(...writePart(part, this.#context));
    }
  }

  #addUser(turn: ChatTurn): void {
    const results = turn.parts.filter((part) => part.kind === "tool_result");
    const last = this.#contents.at(-1);
    const continues = results.length > 0 && last?.role === "user" && last.results.length > 0;
    const content = continues ? last : this.#begin("user", turn);
    for (const part of results) content.results.push(this.#result(part));
    content.parts.push(...this.#waiting);
    this.#waiting = [];
    for (const part of turn.parts) {
      if (part.kind !== "tool_result") content.parts.push(...writePart(part, this.#context));
    }
  }

  #result(part: ToolResultPart): Content["results"][number] {
    const call = this.#calls.get(part.callId);
    return { order: call?.order ?? Infinity, parts: writeResult(part, call, this.#context) };
  }

  #placeWaiting(): void {
    if (this.#waiting.length === 0) return;
    this.#contents.push({ role: "user", members: {}, parts: this.#waiting, results: [] });
    this.#waiting = [];
  }

  #begin(role: Content["role"], turn: ChatTurn): Content {
    const content: Content = { role, members: nativeMembers(turn.native), parts: [], results: [] };
    this.#contents.push(content);
    return content;
  }
}

/** Stable: results whose call is not known keep their place behind the others. */
function sorted(results: Content["results"]): JsonObject[] {
  return results.toSorted((a, b) => a.order === b.order ? 0 : a.order - b.order).flatMap(({ parts }) =>
    parts
  );
}

/**
 * From the third generation on, the first call of each step since the user last spoke needs a signature; steps that
 * another model made have none.
 */
function signCurrentTurn(contents: readonly Content[]): void {
  const spoke = contents.findLastIndex(({ role, results }) => role === "user" && results.length === 0);
  for (const { role, parts } of contents.slice(spoke + 1)) {
    if (role !== "model") continue;
    const first = parts.find((part) => part.functionCall !== undefined);
    if (first !== undefined && first.thoughtSignature === undefined) first.thoughtSignature = NO_SIGNATURE;
  }
}
