import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatEvent, ChatFinish, ChatRequest, ChatUsage } from "../../../../core/chat.ts";
import type { AnswerContext, ChatEventWriter } from "../../../translation/translation.ts";
import { writeUsage } from "../../usage.ts";
import { BlockQueue } from "./block_queue.ts";
import { messageId, refusalDetails, writeFinish } from "./finish.ts";
import { laterUsage } from "../../../translation/later_usage.ts";

/**
 * Writes a stream of messages: one block after the other, indexes without gaps. `message_start` waits for the
 * first piece of the answer, so that usage told before it stands in it; `message_delta` for the end, so that the
 * last usage stands in it.
 */
export class MessageEventWriter implements ChatEventWriter {
  readonly #context: AnswerContext<ChatRequest>;
  #out: string[] = [];
  readonly #blocks = new BlockQueue((event) => this.#put(event));
  #isStarted = false;
  #isEnded = false;
  #usage: ChatUsage | undefined;
  #finish: ChatFinish = "stop";
  #stopSequence: string | undefined;
  #refusal = "";
  #hasCalls = false;

  constructor(context: AnswerContext<ChatRequest>) {
    this.#context = context;
  }

  write(event: ChatEvent): string {
    if (this.#isEnded || ("choice" in event && event.choice !== 0)) return "";
    this.#take(event);
    const text = this.#out.join("");
    this.#out = [];
    return text;
  }

  #take(event: ChatEvent): void {
    switch (event.kind) {
      case "start":
      case "logprobs":
        return;
      case "usage":
        this.#usage = laterUsage(this.#usage, event.usage);
        return;
      case "finish":
        this.#finish = event.finish;
        this.#stopSequence = event.stopSequence;
        return this.#blocks.finish();
      case "end":
        return this.#end();
      case "refusal":
        this.#refusal += event.text;
        this.#start();
        return this.#blocks.text(event.text);
    }
    this.#start();
    switch (event.kind) {
      case "text":
        return this.#blocks.text(event.text);
      case "reasoning":
        return this.#blocks.reasoning(event.text);
      case "reasoning_end":
        return this.#blocks.endReasoning(event.signature, event.redacted);
      case "tool_start":
        this.#hasCalls = true;
        return this.#blocks.startCall(event);
      case "tool_arguments":
        return this.#blocks.addArguments(event.call, event.text);
      case "tool_end":
        return this.#blocks.endCall(event.call);
    }
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#put({
      type: "message_start",
      message: {
        id: messageId(this.#context.requestId),
        type: "message",
        role: "assistant",
        model: this.#context.model,
        content: [],
        ["stop_reason"]: null,
        ["stop_sequence"]: null,
        ["stop_details"]: null,
        container: null,
        usage: writeUsage(this.#usage),
      },
    });
  }

  #end(): void {
    this.#isEnded = true;
    this.#start();
    this.#blocks.finish();
    const stopReason = writeFinish(this.#finish, {
      stopSequence: this.#stopSequence,
      hasCalls: this.#hasCalls,
      hasRefusal: this.#refusal !== "",
    });
    this.#put({
      type: "message_delta",
      delta: {
        ["stop_reason"]: stopReason,
        ["stop_sequence"]: this.#stopSequence ?? null,
        ["stop_details"]: refusalDetails(stopReason, this.#refusal),
      },
      usage: writeUsage(this.#usage),
    });
    this.#put({ type: "message_stop" });
  }

  /** Every event has its name: without it the official SDKs pass it over. */
  #put(event: JsonObject & { readonly type: string }): void {
    this.#out.push(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}
