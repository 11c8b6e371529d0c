import type { ChatAnswer, ChatEvent } from "../../core/chat.ts";

/** The events that a whole answer would have come as, for a client that awaits a stream. */
export function* answerEvents(answer: ChatAnswer): Generator<ChatEvent> {
  yield { kind: "start", id: answer.id, model: answer.model };
  for (const { index: choice, parts, finish, stopSequence, logprobs } of answer.choices) {
    let call = 0;
    for (const part of parts) {
      switch (part.kind) {
        case "text":
        case "refusal":
          if (part.text !== "") yield { kind: part.kind, choice, text: part.text };
          break;
        case "reasoning":
          if (part.text !== "") yield { kind: "reasoning", choice, text: part.text };
          yield {
            kind: "reasoning_end",
            choice,
            signature: part.signature,
            redacted: part.redacted,
            id: part.id,
          };
          break;
        case "tool_call": {
          const { id, name, custom, signature } = part;
          yield { kind: "tool_start", choice, call, id, name, custom, signature };
          if (part.arguments !== "") yield { kind: "tool_arguments", choice, call, text: part.arguments };
          yield { kind: "tool_end", choice, call };
          call++;
          break;
        }
        default:
          break;
      }
    }
    if (logprobs !== undefined) yield { kind: "logprobs", choice, tokens: logprobs };
    yield { kind: "finish", choice, finish, stopSequence };
  }
  if (answer.usage !== undefined) yield { kind: "usage", usage: answer.usage };
  yield { kind: "end" };
}
