import OpenAI from "openai";
import type { ChatCompletionMessage, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { IMAGES, SCHEMA, SYSTEM_TEXT, TOOL } from "../vendors/scenario.ts";
import { members, text } from "../vendors/json.ts";
import { type Ask, type Client, type Heard, hearText, nothingHeard, notingFetch } from "./client.ts";

/** The official `openai` package, chat completions. */
export const openaiChatClient: Client = {
  name: "openai chat",
  format: "openai_chat",
  open({ baseUrl, key, model }) {
    let current = nothingHeard();
    const sdk = new OpenAI({
      apiKey: key,
      baseURL: `${baseUrl}/v1`,
      maxRetries: 0,
      fetch: notingFetch(() => current),
    });
    const messages: ChatCompletionMessageParam[] = [{ role: "system", content: SYSTEM_TEXT }];
    const go = async (ask: Ask, heard: Heard) => {
      current = heard;
      const params = { model, messages, ...options(ask) };
      const message = ask.stream
        ? await streamed(sdk, params, ask, heard)
        : await whole(sdk, params, ask, heard);
      if (message !== undefined) messages.push(remembered(message));
    };
    return {
      async ask(ask, heard) {
        messages.push({ role: "user", content: question(ask) });
        await go(ask, heard);
      },
      async answer(results, ask, heard) {
        results.forEach((content, index) =>
          messages.push({ role: "tool", "tool_call_id": current.calls[index]?.id ?? "", content })
        );
        await go(ask, heard);
      },
    };
  },
};

function question({ prompt, withImages }: Ask) {
  const images = IMAGES.map(({ mediaType, data }) => ({
    type: "image_url" as const, // a literal type, as the SDK asks
    "image_url": { url: `data:${mediaType};base64,${data}` },
  }));
  // A literal type, as the SDK asks.
  return withImages ? [{ type: "text" as const, text: prompt }, ...images] : prompt;
}

function options(ask: Ask) {
  // Literal types, as the SDK asks.
  const tool = { type: "function" as const, function: { ...TOOL, parameters: { ...TOOL.parameters } } };
  const format = {
    type: "json_schema" as const,
    "json_schema": { name: "tide", schema: { ...SCHEMA }, strict: true },
  };
  return {
    ...(ask.withTools ? { tools: [tool] } : {}),
    ...(ask.withSchema ? { "response_format": format } : {}),
    ...(ask.withThinking ? { "reasoning_effort": "low" as const } : {}),
    ...(ask.withSampling
      ? { temperature: 0.2, "top_p": 0.9, seed: 7, user: "u-1", "max_completion_tokens": 300 }
      : {}),
  };
}

type Params = { model: string; messages: ChatCompletionMessageParam[] } & ReturnType<typeof options>;

async function whole(sdk: OpenAI, params: Params, { signal }: Ask, heard: Heard) {
  const completion = await sdk.chat.completions.create(params, { signal });
  const choice = completion.choices[0];
  heard.text = choice?.message.content ?? "";
  heard.reasoning = text(members(choice?.message)["reasoning_content"]);
  finish(completion, heard);
  return choice?.message;
}

async function streamed(sdk: OpenAI, params: Params, { signal, leaves }: Ask, heard: Heard) {
  const stream = sdk.chat.completions.stream({ ...params, "stream_options": { "include_usage": true } }, {
    signal,
  });
  for await (const chunk of stream) {
    const delta = chunk.choices[0]?.delta;
    hearText(heard, delta?.content ?? "");
    heard.reasoning += text(members(delta)["reasoning_content"]);
    for (const call of delta?.tool_calls ?? []) if (call.function?.arguments) heard.argumentPieces++;
    if (leaves && heard.text !== "") {
      stream.abort();
      return undefined;
    }
  }
  const completion = await stream.finalChatCompletion();
  finish(completion, heard);
  return completion.choices[0]?.message;
}

function finish(completion: OpenAI.ChatCompletion, heard: Heard): void {
  const choice = completion.choices[0];
  heard.finish = choice?.finish_reason;
  heard.calls = (choice?.message.tool_calls ?? []).flatMap((call) =>
    call.type === "function"
      ? [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) }]
      : []
  );
  const { usage } = completion;
  heard.usage = usage === undefined ? undefined : {
    input: usage.prompt_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
    output: usage.completion_tokens,
    reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** What an application keeps of an answer: text and calls, no thoughts. */
function remembered(message: ChatCompletionMessage): ChatCompletionMessageParam {
  const calls = (message.tool_calls ?? []).flatMap((call) =>
    call.type === "function"
      ? [{
        id: call.id,
        type: call.type,
        function: { name: call.function.name, arguments: call.function.arguments },
      }]
      : []
  );
  return {
    role: "assistant",
    content: message.content,
    ...(calls.length === 0 ? {} : { "tool_calls": calls }),
  };
}
