/**
 * What a request's record costs once its answer is out: the line of a plain chat and of a streamed one. Run with
 * `deno bench -A tests/bench/record_bench.ts`.
 */
import { openaiChat } from "../../src/formats/openai/openai_chat.ts";
import type { RecordDraft } from "../../src/recording/record.ts";
import { buildLines } from "../../src/recording/lines/record_line.ts";
import { makeRedactor } from "../../src/recording/redact.ts";
import { draftOf, jsonBody } from "../recording/draft_of.ts";
import { CONTENT_EVENT, FIRST_EVENT, LAST_EVENTS, PLAIN_ANSWER } from "../../tools/bench/upstream/answers.ts";
import { questionBody } from "../../tools/bench/load/request_bytes.ts";

const SECRETS = Array.from({ length: 20 }, (_, number) => `sk-a-secret-of-the-bench-number-${number}`);
const options = { redactor: makeRedactor(() => SECRETS), training: false };

function build(draft: RecordDraft): void {
  const building = buildLines(draft, options);
  while (!building.next().done);
}

const request = (sizeBytes: number) => jsonBody(questionBody({ route: "plain", sizeBytes }));
const plain = draftOf({
  request: request(1_024),
  response: jsonBody(PLAIN_ANSWER),
  readAnswer: openaiChat.readAnswer,
});
const long = draftOf({ ...plain, request: request(1_048_576) });
const streamed = (chunks: number) =>
  draftOf({
    request: request(1_024),
    stream: true,
    response: {
      kind: "stream",
      whole: true,
      bytes: new TextEncoder().encode(FIRST_EVENT + CONTENT_EVENT.repeat(chunks) + LAST_EVENTS),
      assemble: openaiChat.assemble,
    },
  });

const drafts = {
  "1 KB in, 0.7 KB out": plain,
  "1 MB in": long,
  "a stream of 50 chunks": streamed(50),
  "a stream of 500 chunks": streamed(500),
};
for (const [name, draft] of Object.entries(drafts)) {
  Deno.bench({ name: `record line: ${name}`, group: "record", fn: () => build(draft) });
}
