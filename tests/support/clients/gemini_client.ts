import {
  type Content,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  ThinkingLevel,
} from "@google/genai";
import { IMAGES, SCHEMA, SYSTEM_TEXT, TOOL } from "../vendors/scenario.ts";
import { type Ask, type Client, type Heard, hearText, nothingHeard } from "./client.ts";

/** The official `@google/genai` package. */
export const geminiClient: Client = {
  name: "gemini",
  format: "gemini_generate",
  open({ baseUrl, key, model }) {
    let current = nothingHeard();
    const sdk = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl } });
    const contents: Content[] = [];
    const go = async (ask: Ask, heard: Heard) => {
      current = heard;
      const params = { model, contents, config: options(ask) };
      if (ask.stream) {
        const left = await streamed(sdk, params, ask, heard);
        if (left === undefined) return;
        contents.push(left);
        return;
      }
      const answer = await sdk.models.generateContent(params);
      hear(answer, heard);
      contents.push(answer.candidates?.[0]?.content ?? { role: "model", parts: [] });
    };
    return {
      async ask(ask, heard) {
        contents.push({ role: "user", parts: question(ask) });
        await go(ask, heard);
      },
      async answer(results, ask, heard) {
        const parts = results.map((result, index) => {
          const { id = "", name = "" } = current.calls[index] ?? {};
          return { functionResponse: { ...(id === "" ? {} : { id }), name, response: { output: result } } };
        });
        contents.push({ role: "user", parts });
        await go(ask, heard);
      },
    };
  },
};

function question({ prompt, withImages }: Ask): Part[] {
  const images = IMAGES.map(({ mediaType, data }) => ({ inlineData: { mimeType: mediaType, data } }));
  return [{ text: prompt }, ...(withImages ? images : [])];
}

function options(ask: Ask) {
  const declaration = {
    name: TOOL.name,
    description: TOOL.description,
    parametersJsonSchema: TOOL.parameters,
  };
  return {
    systemInstruction: SYSTEM_TEXT,
    abortSignal: ask.signal,
    ...(ask.withTools ? { tools: [{ functionDeclarations: [declaration] }] } : {}),
    ...(ask.withSchema ? { responseMimeType: "application/json", responseJsonSchema: SCHEMA } : {}),
    ...(ask.withThinking
      ? { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW } }
      : {}),
    ...(ask.withSampling ? { temperature: 0.2, topP: 0.9, topK: 40, seed: 7, maxOutputTokens: 300 } : {}),
  };
}

interface Params {
  readonly model: string;
  readonly contents: Content[];
  readonly config: ReturnType<typeof options>;
}

async function streamed(sdk: GoogleGenAI, params: Params, { leaves, signal }: Ask, heard: Heard) {
  const leave = new AbortController();
  const config = { ...params.config, abortSignal: AbortSignal.any([signal, leave.signal]) };
  const parts: Part[] = [];
  for await (const chunk of await sdk.models.generateContentStream({ ...params, config })) {
    hear(chunk, heard);
    parts.push(...chunk.candidates?.[0]?.content?.parts ?? []);
    if (leaves && heard.text !== "") {
      leave.abort();
      return undefined;
    }
  }
  if (heard.finish === undefined) throw new Error("The stream ended without a finishReason.");
  return { role: "model", parts };
}

function hear(answer: GenerateContentResponse, heard: Heard): void {
  const candidate = answer.candidates?.[0];
  for (const part of candidate?.content?.parts ?? []) {
    if (part.functionCall !== undefined) {
      const { id = "", name = "", args } = part.functionCall;
      heard.calls.push({ id, name, arguments: args });
      heard.argumentPieces++;
    } else if (part.thought === true) heard.reasoning += part.text ?? "";
    else hearText(heard, part.text ?? "");
  }
  const reason: string | undefined = candidate?.finishReason;
  if (reason !== undefined) heard.finish = reason === "STOP" ? stopped(heard) : reason;
  const usage = answer.usageMetadata;
  if (usage !== undefined) {
    const reasoning = usage.thoughtsTokenCount ?? 0;
    heard.usage = {
      input: (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0),
      cached: usage.cachedContentTokenCount ?? 0,
      output: (usage.candidatesTokenCount ?? 0) + reasoning,
      reasoning,
    };
  }
  heard.dropped ??= answer.sdkHttpResponse?.headers?.["x-tidegate-dropped"];
}

/** Gemini has one word for a stop, with calls or without. */
function stopped({ calls }: Heard): string {
  return calls.length > 0 ? "tool_calls" : "stop";
}
