import type { AssembledAnswer } from "../../../core/answer.ts";
import { isJsonObject } from "../../../core/bytes/exact_json.ts";
import type { Steps } from "../../../core/time/steps.ts";
import { readEvents } from "../../events/read_events.ts";
import { answerFacts } from "../usage.ts";

/** Puts a stream of events we do not know together: a JSON array of them, as they came. */
export function* assembleAnyEvents(stream: Uint8Array): Steps<AssembledAnswer> {
  const texts: string[] = [];
  let usage: unknown;
  let model: unknown;
  const decoder = new TextDecoder();
  yield* readEvents(stream, (event, _name, data) => {
    texts.push(decoder.decode(data));
    if (isJsonObject(event.usage)) usage = event.usage;
    model ??= event.model;
  });
  return { body: `[${texts.join(",")}]`, ...answerFacts(usage, model, undefined) };
}
