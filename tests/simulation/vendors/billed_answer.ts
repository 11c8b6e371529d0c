import type { Chance } from "../world/chance.ts";

/** A wire format that a billing vendor speaks. */
export type BilledFormat = "openai_chat" | "openai_responses" | "anthropic_messages" | "gemini_generate";

/** One answer as its vendor means to give it. */
export interface BilledAnswer {
  /** Pieces of the body, and the output tokens that are written once each is sent. */
  readonly pieces: readonly { readonly bytes: Uint8Array; readonly tokens: number }[];
  readonly contentType: string;
  /** Output tokens of all of it. */
  readonly outputTokens: number;
}

/** What is asked of a billing vendor. */
export interface BilledRequest {
  readonly format: BilledFormat;
  readonly stream: boolean;
  /** A streamed chat asks for its usage. */
  readonly asksUsage: boolean;
  readonly inputTokens: number;
}

/** Tokens that are sent in one piece. */
const PIECE_TOKENS = 20;

/** Most of these bytes make a token: two to six letters, four on average. */
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

const encoder = new TextEncoder();

/** Makes an answer of a random length. */
export function billedAnswer(request: BilledRequest, chance: Chance): BilledAnswer {
  const outputTokens = Math.floor(chance.logBetween(30, 400));
  const texts: string[] = [];
  for (let left = outputTokens; left > 0; left -= PIECE_TOKENS) {
    texts.push(words(Math.min(left, PIECE_TOKENS), chance));
  }
  const writer = WRITERS[request.format];
  const { inputTokens } = request;
  if (!request.stream) {
    const text = JSON.stringify(writer.whole(texts.join(""), inputTokens, outputTokens));
    const pieces = [{ bytes: encoder.encode(text), tokens: outputTokens }];
    return { pieces, contentType: "application/json", outputTokens };
  }
  const end = { inputTokens, outputTokens, asksUsage: request.asksUsage };
  const pieces = texts.map((text, at) => {
    const tokens = Math.min(outputTokens, (at + 1) * PIECE_TOKENS);
    const first = at === 0 ? writer.first(inputTokens) : "";
    return { bytes: encoder.encode(first + writer.delta(text, inputTokens, tokens)), tokens };
  });
  pieces.push({ bytes: encoder.encode(writer.last(end)), tokens: outputTokens });
  return { pieces, contentType: "text/event-stream", outputTokens };
}

/** Texts of {@link PIECE_TOKENS} tokens, made once for each source of chance: letter by letter takes long. */
const TEXTS = new WeakMap<Chance, readonly string[][]>();

function words(tokens: number, chance: Chance): string {
  let texts = TEXTS.get(chance);
  if (texts === undefined) {
    texts = Array.from({ length: 200 }, () => Array.from({ length: PIECE_TOKENS }, () => word(chance)));
    TEXTS.set(chance, texts);
  }
  return chance.oneOf(texts).slice(0, tokens).join("");
}

function word(chance: Chance): string {
  const length = 1 + Math.floor(chance.between(1, 6));
  return `${Array.from({ length: length - 1 }, () => chance.oneOf([...LETTERS])).join("")} `;
}

interface Writer {
  whole(text: string, input: number, output: number): unknown;
  first(input: number): string;
  delta(text: string, input: number, output: number): string;
  last(end: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly asksUsage: boolean;
  }): string;
}

const event = (data: unknown, name?: string) =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;

const chatUsage = (input: number, output: number) => ({
  "prompt_tokens": input,
  "completion_tokens": output,
  "total_tokens": input + output,
});

const chunk = (choices: unknown[], more: object = {}) =>
  event({ id: "c", object: "chat.completion.chunk", model: "billed", choices, ...more });

const response = (input: number, output: number, status: string, text: string) => ({
  id: "resp_1",
  object: "response",
  status,
  model: "billed",
  output: text === ""
    ? []
    : [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }],
  usage: status === "completed"
    ? { "input_tokens": input, "output_tokens": output, "total_tokens": input + output }
    : null,
});

const gemini = (text: string, input: number, output: number, finishReason?: string) => ({
  candidates: [{ content: { parts: [{ text }], role: "model" }, finishReason, index: 0 }],
  usageMetadata: { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output },
  modelVersion: "billed",
});

const WRITERS: Readonly<Record<BilledFormat, Writer>> = {
  "openai_chat": {
    whole: (content, input, output) => ({
      id: "c",
      object: "chat.completion",
      model: "billed",
      choices: [{ index: 0, message: { role: "assistant", content }, "finish_reason": "stop" }],
      usage: chatUsage(input, output),
    }),
    first: () => chunk([{ index: 0, delta: { role: "assistant", content: "" } }]),
    delta: (content) => chunk([{ index: 0, delta: { content } }]),
    last: ({ inputTokens, outputTokens, asksUsage }) =>
      chunk([{ index: 0, delta: {}, "finish_reason": "stop" }]) +
      (asksUsage ? chunk([], { usage: chatUsage(inputTokens, outputTokens) }) : "") + "data: [DONE]\n\n",
  },
  "openai_responses": {
    whole: (text, input, output) => response(input, output, "completed", text),
    first: () => event({ type: "response.created", response: response(0, 0, "in_progress", "") }),
    delta: (delta) =>
      event({ type: "response.output_text.delta", "output_index": 0, "content_index": 0, delta }),
    last: ({ inputTokens, outputTokens }) =>
      event({
        type: "response.completed",
        response: response(inputTokens, outputTokens, "completed", "all"),
      }),
  },
  "anthropic_messages": {
    whole: (text, input, output) => ({
      type: "message",
      role: "assistant",
      model: "billed",
      content: [{ type: "text", text }],
      "stop_reason": "end_turn",
      usage: { "input_tokens": input, "output_tokens": output },
    }),
    first: (input) =>
      event({
        type: "message_start",
        message: {
          type: "message",
          role: "assistant",
          model: "billed",
          content: [],
          usage: { "input_tokens": input, "output_tokens": 1 },
        },
      }, "message_start") +
      event(
        { type: "content_block_start", index: 0, "content_block": { type: "text", text: "" } },
        "content_block_start",
      ),
    delta: (text) =>
      event(
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
        "content_block_delta",
      ),
    last: ({ outputTokens }) =>
      event({ type: "content_block_stop", index: 0 }, "content_block_stop") +
      event({
        type: "message_delta",
        delta: { "stop_reason": "end_turn" },
        usage: { "output_tokens": outputTokens },
      }, "message_delta") + event({ type: "message_stop" }, "message_stop"),
  },
  "gemini_generate": {
    whole: (text, input, output) => gemini(text, input, output, "STOP"),
    first: () => "",
    delta: (text, input, output) => event(gemini(text, input, output)),
    last: ({ inputTokens, outputTokens }) => event(gemini("", inputTokens, outputTokens, "STOP")),
  },
};
