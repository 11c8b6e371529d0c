import OpenAI from "openai";
import type { Response, ResponseInputItem } from "openai/resources/responses/responses";
import { IMAGES, SCHEMA, SYSTEM_TEXT, TOOL } from "../vendors/scenario.ts";
import { type Ask, type Client, type Heard, hearText, nothingHeard, notingFetch } from "./client.ts";

/** The official `openai` package, Responses, without stored state (the way Codex uses it). */
export const openaiResponsesClient: Client = {
  name: "openai responses",
  format: "openai_responses",
  open({ baseUrl, key, model }) {
    let current = nothingHeard();
    const sdk = new OpenAI({
      apiKey: key,
      baseURL: `${baseUrl}/v1`,
      maxRetries: 0,
      fetch: notingFetch(() => current),
    });
    const input: ResponseInputItem[] = [];
    const go = async (ask: Ask, heard: Heard) => {
      current = heard;
      const params = { model, instructions: SYSTEM_TEXT, input, store: false, ...options(ask) };
      const response = ask.stream
        ? await streamed(sdk, params, ask, heard)
        : await sdk.responses.create(params, { signal: ask.signal });
      if (response === undefined) return;
      finish(response, heard);
      input.push(...remembered(response));
    };
    return {
      async ask(ask, heard) {
        input.push({ role: "user", content: question(ask) });
        await go(ask, heard);
      },
      async answer(results, ask, heard) {
        results.forEach((output, index) =>
          input.push({ type: "function_call_output", "call_id": current.calls[index]?.id ?? "", output })
        );
        await go(ask, heard);
      },
    };
  },
};

function question({ prompt, withImages }: Ask) {
  if (!withImages) return prompt;
  // Literal types, as the SDK asks.
  return [
    { type: "input_text" as const, text: prompt },
    ...IMAGES.map(({ mediaType, data }) => ({
      type: "input_image" as const,
      "image_url": `data:${mediaType};base64,${data}`,
      detail: "auto" as const,
    })),
  ];
}

function options(ask: Ask) {
  // Literal types, as the SDK asks.
  const tool = { type: "function" as const, ...TOOL, parameters: { ...TOOL.parameters }, strict: true };
  const format = { type: "json_schema" as const, name: "tide", schema: { ...SCHEMA }, strict: true };
  const sampling = {
    temperature: 0.2,
    "top_p": 0.9,
    "max_output_tokens": 300,
    "safety_identifier": "u-1",
    metadata: { trip: "7" },
  };
  return {
    ...(ask.withTools ? { tools: [tool] } : {}),
    ...(ask.withSchema ? { text: { format } } : {}),
    ...(ask.withThinking
      ? {
        reasoning: { effort: "low" as const, summary: "auto" as const },
        include: ["reasoning.encrypted_content" as const],
      }
      : {}),
    ...(ask.withSampling ? sampling : {}),
  };
}

type Params =
  & { model: string; instructions: string; input: ResponseInputItem[]; store: boolean }
  & ReturnType<typeof options>;

async function streamed(sdk: OpenAI, params: Params, { signal, leaves }: Ask, heard: Heard) {
  const stream = sdk.responses.stream(params, { signal });
  let end: Response | undefined;
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") hearText(heard, event.delta);
    if (event.type === "response.reasoning_summary_text.delta") heard.reasoning += event.delta;
    if (event.type === "response.function_call_arguments.delta" && event.delta !== "") heard.argumentPieces++;
    if (event.type === "response.completed") end = event.response;
    if (event.type === "response.failed") {
      throw new ResponseFailed(event.response.error?.message ?? "no reason told");
    }
    if (leaves && heard.text !== "") {
      stream.abort();
      return undefined;
    }
  }
  if (end === undefined) throw new ResponseFailed("The stream ended without response.completed.");
  await stream.finalResponse();
  return end;
}

/** What every user of the stream makes of `response.failed` and of an end without one. */
class ResponseFailed extends Error {}

function finish(response: Response, heard: Heard): void {
  const items = response.output;
  const calls = items.flatMap((item) => item.type === "function_call" ? [item] : []);
  heard.calls = calls.map((call) => ({
    id: call.call_id,
    name: call.name,
    arguments: JSON.parse(call.arguments),
  }));
  const said = items.flatMap((item) => item.type === "message" ? item.content : [])
    .map((part) => part.type === "output_text" ? part.text : "").join("");
  if (heard.textPieces === 0) heard.text = said;
  else if (said !== heard.text) {
    throw new ResponseFailed("The whole answer does not say what its pieces said.");
  }
  const thought = items.flatMap((item) => item.type === "reasoning" ? item.summary : []);
  if (heard.reasoning === "") heard.reasoning = thought.map((part) => part.text).join("");
  heard.finish = response.status === "completed" ? calls.length > 0 ? "tool_calls" : "stop" : response.status;
  const { usage } = response;
  heard.usage = usage === undefined || usage === null ? undefined : {
    input: usage.input_tokens,
    cached: usage.input_tokens_details.cached_tokens,
    output: usage.output_tokens,
    reasoning: usage.output_tokens_details.reasoning_tokens,
  };
}

/** The answer's items as input of the next turn. */
function remembered({ output }: Response): ResponseInputItem[] {
  return output.flatMap((item): ResponseInputItem[] => {
    switch (item.type) {
      case "message":
        return [{
          id: item.id,
          type: item.type,
          role: item.role,
          status: item.status,
          content: item.content.map((part) =>
            part.type === "output_text"
              ? { type: part.type, text: part.text, annotations: part.annotations }
              : { type: part.type, refusal: part.refusal }
          ),
        }];
      case "function_call":
        return [{
          id: item.id ?? "",
          type: item.type,
          "call_id": item.call_id,
          name: item.name,
          arguments: item.arguments,
        }];
      case "reasoning":
        return [{
          id: item.id,
          type: item.type,
          summary: item.summary,
          "encrypted_content": item.encrypted_content ?? null,
        }];
      default:
        return [];
    }
  });
}
