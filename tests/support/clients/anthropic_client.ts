import Anthropic from "@anthropic-ai/sdk";
import { IMAGES, SCHEMA, SYSTEM_TEXT, TOOL } from "../vendors/scenario.ts";
import { type Ask, type Client, type Heard, hearText, nothingHeard, notingFetch } from "./client.ts";

const MAX_TOKENS = 2048;

/** The official `@anthropic-ai/sdk` package. */
export const anthropicClient: Client = {
  name: "anthropic",
  format: "anthropic_messages",
  open({ baseUrl, key, model }) {
    let current = nothingHeard();
    const sdk = new Anthropic({
      apiKey: key,
      baseURL: baseUrl,
      maxRetries: 0,
      fetch: notingFetch(() => current),
    });
    const messages: Anthropic.MessageParam[] = [];
    const go = async (ask: Ask, heard: Heard) => {
      current = heard;
      const params = { model, messages, ...options(ask) };
      const message = ask.stream
        ? await streamed(sdk, params, ask, heard)
        : await sdk.messages.create(params, { signal: ask.signal });
      if (message === undefined) return;
      finish(message, heard);
      messages.push({ role: "assistant", content: message.content });
    };
    return {
      async ask(ask, heard) {
        messages.push({ role: "user", content: question(ask) });
        await go(ask, heard);
      },
      async answer(results, ask, heard) {
        const content = results.map((result, index) => ({
          type: "tool_result" as const, // a literal type, as the SDK asks
          "tool_use_id": current.calls[index]?.id ?? "",
          content: result,
        }));
        messages.push({ role: "user", content });
        await go(ask, heard);
      },
    };
  },
};

function question({ prompt, withImages }: Ask) {
  if (!withImages) return prompt;
  // Literal types, as the SDK asks.
  const images = IMAGES.map(({ mediaType, data }) => ({
    type: "image" as const,
    source: { type: "base64" as const, "media_type": mediaType, data },
  }));
  return [...images, { type: "text" as const, text: prompt }];
}

function options(ask: Ask) {
  // Literal types, as the SDK asks.
  const cached = {
    type: "text" as const,
    text: SYSTEM_TEXT,
    "cache_control": { type: "ephemeral" as const },
  };
  const tool = {
    name: TOOL.name,
    description: TOOL.description,
    "input_schema": { ...TOOL.parameters, required: ["port"] },
  };
  const format = { type: "json_schema" as const, schema: { ...SCHEMA } };
  return {
    "max_tokens": MAX_TOKENS,
    system: ask.withSampling ? [cached] : SYSTEM_TEXT,
    ...(ask.withTools ? { tools: [tool] } : {}),
    ...(ask.withSchema ? { "output_config": { format } } : {}),
    ...(ask.withThinking
      ? { thinking: { type: "adaptive" as const }, "output_config": { effort: "low" as const } }
      : {}),
    ...(ask.withSampling ? { metadata: { "user_id": "u-1" } } : {}),
  };
}

type Params = { model: string; messages: Anthropic.MessageParam[] } & ReturnType<typeof options>;

async function streamed(sdk: Anthropic, params: Params, { signal, leaves }: Ask, heard: Heard) {
  const stream = sdk.messages.stream(params, { signal });
  for await (const event of stream) {
    if (event.type !== "content_block_delta") continue;
    if (event.delta.type === "text_delta") hearText(heard, event.delta.text);
    if (event.delta.type === "thinking_delta") heard.reasoning += event.delta.thinking;
    if (event.delta.type === "input_json_delta" && event.delta.partial_json !== "") heard.argumentPieces++;
    if (leaves && heard.text !== "") {
      stream.abort();
      return undefined;
    }
  }
  return await stream.finalMessage();
}

function finish(message: Anthropic.Message, heard: Heard): void {
  const { content, usage } = message;
  heard.calls = content.flatMap((block) =>
    block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : []
  );
  heard.text = content.map((block) => block.type === "text" ? block.text : "").join("");
  heard.reasoning = content.map((block) => block.type === "thinking" ? block.thinking : "").join("");
  const words: Readonly<Record<string, string>> = { "end_turn": "stop", "tool_use": "tool_calls" };
  heard.finish = words[message.stop_reason ?? ""] ?? message.stop_reason ?? undefined;
  heard.usage = {
    input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) +
      (usage.cache_creation_input_tokens ?? 0),
    cached: usage.cache_read_input_tokens ?? 0,
    output: usage.output_tokens,
    reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}
