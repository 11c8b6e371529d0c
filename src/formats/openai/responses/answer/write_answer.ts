import type { ChatAnswer, ChatChoice, ChatPart, ReasoningPart, TokenLogprob } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { compact, ownMembersOf, RESPONSES } from "../wire.ts";
import { answerObject, type ChatAnswerContext, incompleteReason, itemId } from "./answer_object.ts";
import { callForm, callInput, callItem } from "./call_item.ts";
import { writeTokens } from "./logprobs.ts";

const NO_ANSWER: ChatChoice = { index: 0, parts: [], finish: "stop" };

/** Writes a whole answer; of several choices the first, as the format knows one. */
export function writeResponsesAnswer(answer: ChatAnswer, context: ChatAnswerContext): JsonObject {
  const { parts, finish, logprobs } = answer.choices[0] ?? NO_ANSWER;
  const isCut = incompleteReason(finish) !== undefined;
  const output = new OutputItems(context, logprobs ?? []);
  for (const part of parts) output.add(part);
  return answerObject(context, {
    status: isCut ? "incomplete" : "completed",
    finish,
    output: output.finish(isCut),
    usage: answer.usage,
  });
}

class OutputItems {
  readonly #context: ChatAnswerContext;
  readonly #items: JsonObject[] = [];
  #message:
    | { readonly item: JsonObject; readonly content: JsonObject[]; readonly phase: unknown }
    | undefined;
  /** Of the whole answer: told with its first text. */
  #logprobs: readonly TokenLogprob[];

  constructor(context: ChatAnswerContext, logprobs: readonly TokenLogprob[]) {
    this.#context = context;
    this.#logprobs = logprobs;
  }

  /** The items; the message that a limit cut off is marked. */
  finish(isCut: boolean): readonly JsonObject[] {
    if (isCut && this.#message !== undefined) this.#message.item.status = "incomplete";
    return this.#items;
  }

  add(part: ChatPart): void {
    if (part.kind === "text" || part.kind === "refusal") {
      this.#messageFor(ownMembersOf(part).phase).push(this.#content(part));
      return;
    }
    const item = this.#itemOf(part);
    if (item === undefined) return;
    this.#message = undefined;
    this.#items.push(item);
  }

  #messageFor(phase: unknown): JsonObject[] {
    if (this.#message?.phase !== phase || this.#message === undefined) {
      const content: JsonObject[] = [];
      const id = itemId("message", this.#context, this.#items.length);
      const item = compact({ id, type: "message", status: "completed", content, role: "assistant", phase });
      this.#message = { item, content, phase };
      this.#items.push(item);
    }
    return this.#message.content;
  }

  #content(part: ChatPart & { readonly kind: "text" | "refusal" }): JsonObject {
    if (part.kind === "refusal") return { type: "refusal", refusal: part.text };
    const logprobs = writeTokens(this.#logprobs);
    this.#logprobs = [];
    const annotations = ownMembersOf(part).annotations ?? [];
    return { type: "output_text", annotations, logprobs, text: part.text };
  }

  #itemOf(part: ChatPart): JsonObject | undefined {
    const index = this.#items.length;
    switch (part.kind) {
      case "reasoning":
        return reasoningItem(part, itemId("reasoning", this.#context, index));
      case "tool_call": {
        const { tools } = this.#context.asked;
        const form = callForm(part, tools);
        const id = itemId(form.type, this.#context, index);
        return callItem(part, tools, { id, status: "completed", input: callInput(part.arguments, form) });
      }
      case "native":
        return part.format === RESPONSES ? part.value : undefined;
      default:
        return undefined;
    }
  }
}

/** The item of one stretch of thought; undefined where there is nothing that this format can tell of it. */
export function reasoningItem(part: ReasoningPart, id: string): JsonObject | undefined {
  const isOwn = part.signature?.format === RESPONSES;
  if (part.text === "" && !isOwn) return undefined;
  return compact({
    id,
    type: "reasoning",
    summary: part.text === "" ? [] : [{ type: "summary_text", text: part.text }],
    encrypted_content: isOwn ? part.signature?.value : undefined,
  });
}
