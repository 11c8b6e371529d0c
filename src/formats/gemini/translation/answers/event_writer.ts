import type { ChatEvent, ChatFinish, ChatRequest, ChatUsage } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { AnswerContext, ChatEventWriter, StreamFraming } from "../../../translation/translation.ts";
import { signatureMember } from "../own_members.ts";
import { writeFinish } from "./finish.ts";
import { writeLogprobs } from "./logprobs.ts";
import { writeUsage } from "./usage_metadata.ts";
import { callMember } from "./write_answer.ts";
import { laterUsage } from "../../../translation/later_usage.ts";

/** A call whose arguments are still coming: Gemini's clients know none but whole calls. */
interface OpenCall {
  readonly start: ChatEvent & { readonly kind: "tool_start" };
  readonly pieces: string[];
}

/**
 * Writes a stream of `GenerateContentResponse`. Text goes out as it comes; finish reasons and usage stand in the
 * last event, which is also the end: there is no other mark.
 */
export class GeminiEventWriter implements ChatEventWriter {
  readonly #framing: StreamFraming;
  readonly #model: string;
  #id: string;
  #isFirst = true;
  readonly #calls = new Map<string, OpenCall>();
  readonly #finishes = new Map<number, ChatFinish>();
  #usage: ChatUsage | undefined;

  constructor(context: AnswerContext<ChatRequest> & { readonly framing: StreamFraming }) {
    this.#framing = context.framing;
    this.#model = context.model;
    this.#id = context.requestId;
  }

  write(event: ChatEvent): string {
    switch (event.kind) {
      case "start":
        this.#id = event.id ?? this.#id;
        return "";
      case "text":
      case "refusal":
        return event.text === "" ? "" : this.#part(event.choice, { text: event.text });
      case "reasoning":
        return event.text === "" ? "" : this.#part(event.choice, { text: event.text, thought: true });
      case "reasoning_end": {
        const signature = signatureMember(event.signature);
        const isSigned = signature.thoughtSignature !== undefined;
        return isSigned ? this.#part(event.choice, { text: "", thought: true, ...signature }) : "";
      }
      case "tool_start":
        this.#calls.set(callKey(event), { start: event, pieces: [] });
        return "";
      case "tool_arguments":
        this.#calls.get(callKey(event))?.pieces.push(event.text);
        return "";
      case "tool_end":
        return this.#endCall(callKey(event));
      case "logprobs":
        return this.#candidate({ index: event.choice, logprobsResult: writeLogprobs(event.tokens) });
      case "finish":
        this.#finishes.set(event.choice, event.finish);
        return "";
      case "usage":
        this.#usage = laterUsage(this.#usage, event.usage);
        return "";
      case "end":
        return this.#end();
    }
  }

  #endCall(key: string): string {
    const call = this.#calls.get(key);
    if (call === undefined) return "";
    this.#calls.delete(key);
    const { id, name, choice, custom, signature } = call.start;
    const functionCall = callMember(id, name, call.pieces.join(""), custom === true);
    return this.#part(choice, { functionCall, ...signatureMember(signature) });
  }

  #end(): string {
    const candidates = [...this.#finishes].sort(([a], [b]) => a - b).map(([index, finish]) => ({
      content: { parts: [{ text: "" }], role: "model" },
      finishReason: writeFinish(finish),
      index,
    }));
    const usage = this.#usage === undefined ? {} : { usageMetadata: writeUsage(this.#usage) };
    const last = this.#framed({ ...(candidates.length === 0 ? {} : { candidates }), ...usage });
    return this.#framing === "json_array" ? `${last}]` : last;
  }

  #part(index: number, part: JsonObject): string {
    return this.#candidate({ content: { parts: [part], role: "model" }, index });
  }

  #candidate(candidate: JsonObject): string {
    return this.#framed({ candidates: [candidate] });
  }

  #framed(members: JsonObject): string {
    const text = JSON.stringify({ ...members, modelVersion: this.#model, responseId: this.#id });
    if (this.#framing === "sse") return `data: ${text}\r\n\r\n`;
    const joint = this.#isFirst ? "[" : ",\r\n";
    this.#isFirst = false;
    return joint + text;
  }
}

function callKey({ choice, call }: { readonly choice: number; readonly call: number }): string {
  return `${choice} ${call}`;
}
