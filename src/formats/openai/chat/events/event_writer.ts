import type { ChatEvent, ChatRequest, ChatUsage } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { AnswerContext, ChatEventWriter } from "../../../translation/translation.ts";
import { writeGoogleSignature } from "../../shared/google_signature.ts";
import { writeLogprobs } from "../../shared/token_logprobs.ts";
import { writeUsage } from "../answer/answer_usage.ts";
import { writeFinish } from "../answer/finish_words.ts";
import { answerId } from "../answer/write_answer.ts";
import { laterUsage } from "../../../translation/later_usage.ts";

/** Writes a chat completions stream: server-sent events without names, whatever framing was asked for. */
export function eventWriter(context: AnswerContext<ChatRequest>): ChatEventWriter {
  return new ChunkWriter(context);
}

type CallEvent = Extract<ChatEvent, { kind: "tool_start" | "tool_arguments" | "tool_end" }>;

class ChunkWriter implements ChatEventWriter {
  readonly #marks: JsonObject;
  readonly #tellsUsage: boolean;
  /** Choices that have told their role: the SDKs want it first. */
  readonly #begun = new Set<number>();
  /** Calls without arguments so far, and whether they are custom, by choice and number. */
  readonly #calls = new Map<string, { custom: boolean; hasText: boolean }>();
  #usage: ChatUsage | undefined;

  constructor({ asked, model, requestId, createdSeconds }: AnswerContext<ChatRequest>) {
    this.#tellsUsage = asked.streamUsage;
    this.#marks = {
      id: answerId(requestId),
      object: "chat.completion.chunk",
      created: createdSeconds,
      model,
    };
  }

  write(event: ChatEvent): string {
    switch (event.kind) {
      case "start":
      case "reasoning_end":
        return "";
      case "text":
        return event.text === "" ? "" : this.#delta(event.choice, { content: event.text });
      case "reasoning":
        return event.text === "" ? "" : this.#delta(event.choice, { ["reasoning_content"]: event.text });
      case "refusal":
        return event.text === "" ? "" : this.#delta(event.choice, { refusal: event.text });
      case "tool_start":
      case "tool_arguments":
      case "tool_end":
        return this.#call(event);
      case "logprobs": {
        const logprobs = { content: writeLogprobs(event.tokens), refusal: null };
        return this.#delta(event.choice, {}, { logprobs });
      }
      case "finish":
        return this.#delta(event.choice, {}, { ["finish_reason"]: writeFinish(event.finish) });
      case "usage":
        this.#usage = laterUsage(this.#usage, event.usage);
        return "";
      case "end":
        return this.#end();
    }
  }

  #call(event: CallEvent): string {
    const key = `${event.choice} ${event.call}`;
    if (event.kind === "tool_start") {
      const { id, name, custom = false, signature } = event;
      this.#calls.set(key, { custom, hasText: false });
      const called = custom
        ? { type: "custom", custom: { name, input: "" } }
        : { type: "function", function: { name, arguments: "" } };
      return this.#callDelta(event, { id, ...called, ...writeGoogleSignature(signature) });
    }
    const call = this.#calls.get(key);
    if (call === undefined) return "";
    if (event.kind === "tool_arguments") {
      if (event.text === "") return "";
      call.hasText = true;
      return this.#callDelta(event, argumentsOf(call.custom, event.text));
    }
    this.#calls.delete(key);
    // Clients parse the joined arguments: no arguments are an empty object.
    return call.custom || call.hasText ? "" : this.#callDelta(event, argumentsOf(false, "{}"));
  }

  #callDelta({ choice, call }: CallEvent, fragment: JsonObject): string {
    return this.#delta(choice, { ["tool_calls"]: [{ index: call, ...fragment }] });
  }

  #delta(index: number, delta: JsonObject, end: JsonObject = {}): string {
    const chunk = this.#chunk([{ index, delta, logprobs: null, ["finish_reason"]: null, ...end }]);
    if (this.#begun.has(index)) return chunk;
    this.#begun.add(index);
    // As OpenAI itself opens: without text where the answer begins with a call or a thought.
    const content = "content" in delta || "finish_reason" in end ? "" : null;
    return this.#delta(index, { role: "assistant", content, refusal: null }) + chunk;
  }

  #chunk(choices: readonly JsonObject[], usage: JsonObject | null = null): string {
    const chunk = { ...this.#marks, choices, ...(this.#tellsUsage && { usage }) };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }

  #end(): string {
    const usage = this.#tellsUsage && this.#usage !== undefined
      ? this.#chunk([], writeUsage(this.#usage))
      : "";
    return `${usage}data: [DONE]\n\n`;
  }
}

function argumentsOf(custom: boolean, text: string): JsonObject {
  return custom ? { custom: { input: text } } : { function: { arguments: text } };
}
