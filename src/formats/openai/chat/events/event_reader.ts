import type { ChatEvent } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatEventReader } from "../../../translation/translation.ts";
import { readLogprobs } from "../../shared/token_logprobs.ts";
import { readAnswerText } from "../answer/answer_text.ts";
import { readAnswerUsage } from "../answer/answer_usage.ts";
import { readFinish } from "../answer/finish_words.ts";
import { CallFragments } from "./call_fragments.ts";

/** Most choices of one stream: OpenAI's bound of `n`. Further ones are left out. */
const MAX_CHOICES = 128;

type Emit = (event: ChatEvent) => void;

/** Reads the events of a chat completions stream. */
export function eventReader(): ChatEventReader {
  return new ChunkReader();
}

class ChunkReader implements ChatEventReader {
  readonly #choices = new Map<number, ChoiceReader>();
  #started = false;
  #ended = false;

  event(_name: string, data: JsonObject, emit: Emit): void {
    if (this.#ended) return;
    const choices: unknown[] = Array.isArray(data.choices) ? data.choices : [];
    // Azure's first event, without choices, has an empty id and model: what it says is no beginning.
    if (choices.length > 0) this.#start(data, emit);
    for (const choice of choices) {
      if (isJsonObject(choice)) this.#choiceOf(choice)?.push(choice, data, emit);
    }
    const usage = readAnswerUsage(data);
    if (usage === undefined) return;
    this.#start(data, emit);
    emit({ kind: "usage", usage });
  }

  /** Finishes come here and not as they are read: some servers send several, or text after the first. */
  end(emit: Emit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#start({}, emit);
    for (const choice of this.#choices.values()) choice.end(emit);
    emit({ kind: "end" });
  }

  #start({ id, model }: JsonObject, emit: Emit): void {
    if (this.#started) return;
    this.#started = true;
    emit({ kind: "start", ...textMember("id", id), ...textMember("model", model) });
  }

  #choiceOf(choice: JsonObject): ChoiceReader | undefined {
    const index = exactNumber(choice.index) ?? 0;
    let reader = this.#choices.get(index);
    if (reader === undefined && this.#choices.size < MAX_CHOICES) {
      this.#choices.set(index, reader = new ChoiceReader(index));
    }
    return reader;
  }
}

function textMember(name: "id" | "model", value: unknown): { readonly id?: string; readonly model?: string } {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}

/** One of a stream's choices. */
class ChoiceReader {
  readonly #choice: number;
  readonly #calls: CallFragments;
  #isReasoning = false;
  #finishWord: unknown;
  #stopSequence: string | undefined;

  constructor(choice: number) {
    this.#choice = choice;
    this.#calls = new CallFragments(choice);
  }

  push(choice: JsonObject, event: JsonObject, emit: Emit): void {
    const delta = choice.delta ?? choice.message;
    if (isJsonObject(delta)) this.#addDelta(delta, event, emit);
    const tokens = isJsonObject(choice.logprobs) ? readLogprobs(choice.logprobs.content) : [];
    if (tokens.length > 0) emit({ kind: "logprobs", choice: this.#choice, tokens });
    const { finish_reason: finish, stop_reason: stopReason, matched_stop: matchedStop } = choice;
    const isPlain = this.#finishWord === undefined || this.#finishWord === "stop";
    if (typeof finish === "string" && finish !== "" && isPlain) this.#finishWord = finish;
    const stop = stopReason ?? matchedStop;
    if (typeof stop === "string" && stop !== "") this.#stopSequence = stop;
  }

  end(emit: Emit): void {
    this.#endReasoning(emit);
    this.#calls.end(emit);
    emit({
      kind: "finish",
      choice: this.#choice,
      finish: readFinish(this.#finishWord, this.#calls.any),
      ...(this.#stopSequence !== undefined && { stopSequence: this.#stopSequence }),
    });
  }

  #addDelta(delta: JsonObject, event: JsonObject, emit: Emit): void {
    const choice = this.#choice;
    const { reasoning, content = "", refusal } = readAnswerText(delta);
    if (reasoning !== "") {
      this.#isReasoning = true;
      emit({ kind: "reasoning", choice, text: reasoning });
    }
    const calls = callsOf(delta);
    if (content !== "" || refusal !== "" || calls.length > 0) this.#endReasoning(emit);
    if (content !== "") emit({ kind: "text", choice, text: content });
    if (refusal !== "") emit({ kind: "refusal", choice, text: refusal });
    this.#calls.push(calls, event, emit);
  }

  #endReasoning(emit: Emit): void {
    if (!this.#isReasoning) return;
    this.#isReasoning = false;
    emit({ kind: "reasoning_end", choice: this.#choice });
  }
}

/** The entries of `tool_calls`, and the deprecated single call as one more. */
function callsOf({ tool_calls: calls, function_call: deprecated }: JsonObject): readonly unknown[] {
  const listed: unknown[] = Array.isArray(calls) ? calls : [];
  return isJsonObject(deprecated) ? [...listed, { index: -1, function: deprecated }] : listed;
}
