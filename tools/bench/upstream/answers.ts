/** A plain chat answer of 0.7 KB, as OpenAI writes them. */
export const PLAIN_ANSWER: string = JSON.stringify({
  id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
  object: "chat.completion",
  created: 1741569952,
  model: "gpt-4o-mini-2024-07-18",
  choices: [{
    index: 0,
    message: {
      role: "assistant",
      content: "The sea rises and falls with the moon. ".repeat(3),
      refusal: null,
    },
    logprobs: null,
    finish_reason: "stop",
  }],
  usage: {
    prompt_tokens: 190,
    completion_tokens: 30,
    total_tokens: 220,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: "default",
  system_fingerprint: "fp_fc9f1d7035",
});

/** Stands around the time stamp of a chunk: microseconds in {@link STAMP_DIGITS} digits. */
export const STAMP_MARK = 0x40;

/** Digits of a time stamp. */
export const STAMP_DIGITS = 16;

/** The clock of all stamps and of all that read them: microseconds, the same in every process up to its start's error. */
export function clockMicros(): number {
  return (performance.timeOrigin + performance.now()) * 1_000;
}

function chunkText(choice: object, more: object = {}): string {
  const chunk = {
    id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    object: "chat.completion.chunk",
    created: 1741569952,
    model: "gpt-4o-2024-08-06",
    choices: [choice],
    ...more,
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** The event before the content. */
export const FIRST_EVENT: string = chunkText({
  index: 0,
  delta: { role: "assistant", content: "" },
  finish_reason: null,
});

/** A content event; its stamp is to be written over the digits. */
export const CONTENT_EVENT: string = chunkText({
  index: 0,
  delta: { content: ` word @${"0".repeat(STAMP_DIGITS)}@` },
  finish_reason: null,
});

/** The events after the content. */
export const LAST_EVENTS: string = chunkText(
  { index: 0, delta: {}, finish_reason: "stop" },
  { usage: { prompt_tokens: 190, completion_tokens: 500, total_tokens: 690 } },
) + "data: [DONE]\n\n";
