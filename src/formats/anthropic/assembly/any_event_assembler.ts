import type { AssembledAnswer } from "../../../core/answer.ts";
import type { Steps } from "../../../core/time/steps.ts";
import { readEvents } from "../../events/read_events.ts";
import { answerFacts } from "../usage.ts";

/** Puts a stream of events we do not know together: a JSON array of them, as they came, without pings. */
export function* assembleAnyEvents(stream: Uint8Array): Steps<AssembledAnswer> {
  const texts: string[] = [];
  let usage: unknown;
  let model: unknown;
  let finish: unknown;
  const decoder = new TextDecoder();
  yield* readEvents(stream, (event, name, data) => {
    if (name === "ping") return;
    texts.push(decoder.decode(data));
    usage = event.usage ?? usage;
    model ??= event.model;
    finish = event.stop_reason ?? finish;
  });
  return { body: `[${texts.join(",")}]`, ...answerFacts({ usage, model, finish }) };
}
