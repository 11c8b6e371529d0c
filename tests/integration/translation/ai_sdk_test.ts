import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, jsonSchema, type LanguageModel, streamText, tool } from "ai";
import {
  HEIGHTS,
  PLAIN_TEXT,
  promptFor,
  SYSTEM_TEXT,
  TOOL,
  usageOf,
} from "../../support/vendors/scenario.ts";
import { type VendorKind, VENDORS } from "../../support/vendors/vendors.ts";
import { isReady } from "./matrix/readiness.ts";
import { vendorGateway } from "./matrix/vendor_gateway.ts";

/** A provider of the Vercel AI SDK: the format it speaks, and how it is pointed at a gateway. */
interface AiProvider {
  readonly name: string;
  readonly format: string;
  /** Name of a vendor of another format, to be reached by translation. */
  readonly other: string;
  model(url: string, key: string, model: string): LanguageModel;
}

const PROVIDERS: readonly AiProvider[] = [
  {
    name: "openai responses",
    format: "openai_responses",
    other: "anthropic",
    model: (url, apiKey, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey })(model),
  },
  {
    name: "openai chat",
    format: "openai_chat",
    other: "gemini",
    model: (url, apiKey, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(model),
  },
  {
    name: "anthropic",
    format: "anthropic_messages",
    other: "openai chat",
    model: (url, apiKey, model) => createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
  },
  {
    name: "google",
    format: "gemini_generate",
    other: "openai responses",
    model: (url, apiKey, model) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey })(model),
  },
];

/** Settings of every call: the SDK's own retries would hide failures. */
const ONCE = { maxRetries: 0, instructions: SYSTEM_TEXT } as const;

const tools = {
  [TOOL.name]: tool({
    description: TOOL.description,
    inputSchema: jsonSchema<{ port: string }>({ ...TOOL.parameters, required: ["port"] }),
    execute: ({ port }) => HEIGHTS[port] ?? "no such port",
  }),
};

for (const provider of PROVIDERS) {
  for (const kind of VENDORS) {
    if (kind.format !== provider.format && kind.name !== provider.other) continue;
    playWith(provider, kind);
  }
}

function playWith(provider: AiProvider, kind: VendorKind): void {
  const play = (what: string, body: (model: LanguageModel) => Promise<void>) =>
    Deno.test({
      name: `the Vercel AI SDK's ${provider.name} provider before a vendor that speaks ${kind.name}: ${what}`,
      ignore: !isReady(provider.format, kind),
      async fn() {
        await using vendor = await kind.start();
        await using gateway = await vendorGateway(kind, vendor);
        await body(provider.model(gateway.url, gateway.key, kind.model));
        assert.deepEqual(vendor.refusals, []);
      },
    });

  play("generateText", async (model) => {
    const { text, usage, finishReason } = await generateText({ ...ONCE, model, prompt: promptFor("plain") });
    assert.equal(text, PLAIN_TEXT);
    assert.equal(finishReason, "stop");
    assert.equal(usage.inputTokens, usageOf("plain").inputTokens);
    assert.equal(usage.outputTokens, usageOf("plain").outputTokens);
  });

  play("streamText", async (model) => {
    const stream = streamText({ ...ONCE, model, prompt: promptFor("streamed") });
    let [text, pieces] = ["", 0];
    for await (const piece of stream.textStream) {
      text += piece;
      pieces++;
    }
    assert.equal(text, PLAIN_TEXT);
    assert(pieces > 1);
    assert.equal(await stream.finishReason, "stop");
    assert.equal((await stream.usage).inputTokens, usageOf("streamed").inputTokens);
  });

  play("tools, run by the SDK in parallel from a stream", async (model) => {
    const stream = streamText({
      ...ONCE,
      model,
      prompt: promptFor("parallel_tools"),
      tools,
      stopWhen: isStepCount(2),
    });
    // Its google provider wraps each result in an object that other vendors see whole.
    assert.match(await stream.text, /^Results: .*4\.2 m.*, .*11\.7 m/);
  });
}
