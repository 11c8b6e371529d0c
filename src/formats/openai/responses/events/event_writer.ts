import type { ChatEvent, ChatFinish, ChatUsage, OpaqueSignature } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatEventWriter } from "../../../translation/translation.ts";
import {
  answerObject,
  type AnswerState,
  type ChatAnswerContext,
  incompleteReason,
  ITEM_PREFIXES,
  itemId,
} from "../answer/answer_object.ts";
import { callForm } from "../answer/call_item.ts";
import { RESPONSES } from "../wire.ts";
import { EventLines } from "./event_lines.ts";
import { type ItemPlace, OpenCall, OpenMessage, OpenReasoning } from "./open_items.ts";
import { laterUsage } from "../../../translation/later_usage.ts";

/** Writes the events of a streamed answer; of several choices the first, as the format knows one. */
export function responsesEventWriter(context: ChatAnswerContext): ChatEventWriter {
  return new ResponsesEventWriter(context);
}

class ResponsesEventWriter implements ChatEventWriter {
  readonly #context: ChatAnswerContext;
  readonly #lines = new EventLines();
  /** Finished items; one that is open keeps its place empty. */
  readonly #output: (JsonObject | undefined)[] = [];
  readonly #calls = new Map<number, { readonly index: number; readonly open: OpenCall }>();
  #message: { readonly index: number; readonly open: OpenMessage } | undefined;
  #reasoning: { readonly index: number; readonly open: OpenReasoning } | undefined;
  #finish: ChatFinish | undefined;
  #usage: ChatUsage | undefined;
  #isStarted = false;
  #isEnded = false;

  constructor(context: ChatAnswerContext) {
    this.#context = context;
  }

  write(event: ChatEvent): string {
    if (this.#isEnded || ("choice" in event && event.choice !== 0)) return "";
    this.#start();
    this.#take(event);
    return this.#lines.take();
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (const type of ["response.created", "response.in_progress"]) {
      this.#lines.send(type, { response: this.#response({ status: "in_progress", output: [] }) });
    }
  }

  #take(event: ChatEvent): void {
    switch (event.kind) {
      case "text":
        if (event.text !== "") this.#openMessage().add("output_text", event.text);
        return;
      case "refusal":
        if (event.text !== "") this.#openMessage().add("refusal", event.text);
        return;
      case "logprobs":
        this.#openMessage().addLogprobs(event.tokens);
        return;
      case "reasoning":
        if (event.text !== "") this.#openReasoning().add(event.text);
        return;
      case "reasoning_end":
        return this.#endReasoning(event);
      case "tool_start":
        return this.#startCall(event);
      case "tool_arguments":
        this.#calls.get(event.call)?.open.add(event.text);
        return;
      case "tool_end":
        return this.#endCall(event.call);
      case "finish":
        this.#finish ??= event.finish;
        return this.#closeAll();
      case "usage":
        this.#usage = laterUsage(this.#usage, event.usage);
        return;
      case "end":
        return this.#end();
    }
  }

  #place(type: keyof typeof ITEM_PREFIXES): ItemPlace {
    const index = this.#output.push(undefined) - 1;
    return { index, id: itemId(type, this.#context, index) };
  }

  #openMessage(): OpenMessage {
    this.#closeReasoning(undefined);
    if (this.#message === undefined) {
      const place = this.#place("message");
      this.#message = { index: place.index, open: new OpenMessage(this.#lines, place) };
    }
    return this.#message.open;
  }

  #openReasoning(): OpenReasoning {
    this.#closeMessage();
    if (this.#reasoning === undefined) {
      const place = this.#place("reasoning");
      this.#reasoning = { index: place.index, open: new OpenReasoning(this.#lines, place) };
    }
    return this.#reasoning.open;
  }

  /** What was thought without a word to show is an item only where its signature is this format's own. */
  #endReasoning({ signature }: ChatEvent & { readonly kind: "reasoning_end" }): void {
    if (this.#reasoning === undefined && signature?.format !== RESPONSES) return;
    this.#openReasoning();
    this.#closeReasoning(signature);
  }

  #startCall(event: ChatEvent & { readonly kind: "tool_start" }): void {
    this.#closeReasoning(undefined);
    this.#closeMessage();
    this.#endCall(event.call);
    const { tools } = this.#context.asked;
    const place = this.#place(callForm(event, tools).type);
    this.#calls.set(event.call, {
      index: place.index,
      open: new OpenCall(this.#lines, place, event, tools),
    });
  }

  #endCall(call: number): void {
    const known = this.#calls.get(call);
    if (known === undefined) return;
    this.#output[known.index] = known.open.close();
    this.#calls.delete(call);
  }

  #closeMessage(status: "completed" | "incomplete" = "completed"): void {
    if (this.#message === undefined) return;
    this.#output[this.#message.index] = this.#message.open.close(status);
    this.#message = undefined;
  }

  #closeReasoning(signature: OpaqueSignature | undefined): void {
    if (this.#reasoning === undefined) return;
    this.#output[this.#reasoning.index] = this.#reasoning.open.close(signature);
    this.#reasoning = undefined;
  }

  #closeAll(): void {
    this.#closeReasoning(undefined);
    this.#closeMessage(incompleteReason(this.#finish) === undefined ? "completed" : "incomplete");
    for (const call of [...this.#calls.keys()]) this.#endCall(call);
  }

  #end(): void {
    this.#closeAll();
    this.#isEnded = true;
    const status = incompleteReason(this.#finish) === undefined ? "completed" : "incomplete";
    const output = this.#output.filter((item) => item !== undefined);
    const response = this.#response({ status, finish: this.#finish, output, usage: this.#usage });
    this.#lines.send(`response.${status}`, { response });
  }

  #response(state: AnswerState): JsonObject {
    return answerObject(this.#context, state);
  }
}
