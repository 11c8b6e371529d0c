import type { ChatEvent } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { mediaText } from "../../../translation/media_text.ts";
import type { ChatEventReader } from "../../../translation/translation.ts";
import { readUsage } from "../../usage.ts";
import { asSignature, codeText } from "../own_members.ts";
import { readFinish } from "./finish.ts";
import { readLogprobs } from "./logprobs.ts";
import { callOf, inlineMedia, isBlocked, partsOf, textOf } from "./read_answer.ts";

/** Most candidates of one stream that are told apart; more are passed over. */
const MAX_CANDIDATES = 1024;

type Emit = (event: ChatEvent) => void;

/** What has been told of one candidate. */
interface Candidate {
  readonly choice: number;
  calls: number;
  isThinking: boolean;
  finished: boolean;
}

/** Reads a stream of `GenerateContentResponse` events; each holds whole parts, and calls with all their arguments. */
export class GeminiEventReader implements ChatEventReader {
  readonly #candidates = new Map<number, Candidate>();
  #started = false;
  #ended = false;
  #id: string | undefined;

  event(_name: string, data: JsonObject, emit: Emit): void {
    this.#id ??= textOf(data.responseId);
    if (!this.#started) {
      this.#started = true;
      emit({ kind: "start", id: this.#id, model: textOf(data.modelVersion) });
    }
    const candidates = Array.isArray(data.candidates) ? data.candidates.filter(isJsonObject) : [];
    for (const candidate of candidates) this.#candidate(candidate, emit);
    if (candidates.length === 0 && isBlocked(data)) this.#block(emit);
    const usage = readUsage(data.usageMetadata);
    if (usage !== undefined) emit({ kind: "usage", usage });
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const state of this.#candidates.values()) closeThought(state, emit);
    emit({ kind: "end" });
  }

  #candidate(candidate: JsonObject, emit: Emit): void {
    const state = this.#stateOf(exactNumber(candidate.index) ?? 0);
    if (state === undefined || state.finished) return;
    const { choice } = state;
    for (const part of partsOf(candidate)) this.#part(part, state, emit);
    const tokens = readLogprobs(candidate.logprobsResult);
    if (tokens.length > 0) emit({ kind: "logprobs", choice, tokens });
    const finish = readFinish(candidate.finishReason, state.calls > 0);
    if (finish === undefined) return;
    closeThought(state, emit);
    state.finished = true;
    emit({ kind: "finish", choice, finish });
  }

  #part(part: JsonObject, state: Candidate, emit: Emit): void {
    const { choice } = state;
    const text = textOf(part.text) ?? codeText("executableCode", part.executableCode) ??
      codeText("codeExecutionResult", part.codeExecutionResult) ?? inlineMediaText(part);
    if (part.thought === true && typeof part.text === "string") {
      if (part.text !== "") {
        state.isThinking = true;
        emit({ kind: "reasoning", choice, text: part.text });
      }
      // A signature closes the thought it stands on; other texts lose theirs, which the vendor does not insist on.
      const { signature } = asSignature(part.thoughtSignature);
      if (signature !== undefined) {
        state.isThinking = false;
        emit({ kind: "reasoning_end", choice, signature });
      }
      return;
    }
    const call = callOf(part, this.#id, choice, state.calls);
    if (call === undefined && text === undefined) return;
    closeThought(state, emit);
    if (text !== undefined) return emit({ kind: "text", choice, text });
    if (call === undefined) return;
    const number = state.calls++;
    const { id, name, signature } = call;
    emit({ kind: "tool_start", choice, call: number, id, name, signature });
    emit({ kind: "tool_arguments", choice, call: number, text: call.arguments || "{}" });
    emit({ kind: "tool_end", choice, call: number });
  }

  #block(emit: Emit): void {
    const state = this.#stateOf(0);
    if (state === undefined || state.finished) return;
    closeThought(state, emit);
    state.finished = true;
    emit({ kind: "finish", choice: 0, finish: "content_filter" });
  }

  #stateOf(choice: number): Candidate | undefined {
    const known = this.#candidates.get(choice);
    if (known !== undefined || this.#candidates.size >= MAX_CANDIDATES) return known;
    const state: Candidate = { choice, calls: 0, isThinking: false, finished: false };
    this.#candidates.set(choice, state);
    return state;
  }
}

/** A picture or a sound: events of other formats have no place for one. */
function inlineMediaText({ inlineData }: JsonObject): string | undefined {
  const media = inlineMedia(inlineData);
  return media && mediaText(media);
}

function closeThought(state: Candidate, emit: Emit): void {
  if (!state.isThinking) return;
  state.isThinking = false;
  emit({ kind: "reasoning_end", choice: state.choice });
}
