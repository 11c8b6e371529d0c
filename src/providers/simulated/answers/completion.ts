// deno-lint-ignore-file camelcase -- the names are those of the wire
import { dataEvent, jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { countIn, modelIn, objectIn, parseJsonObject } from "../text/json.ts";
import { makeReply } from "../text/reply.ts";
import { stopsIn } from "../text/stops.ts";
import { countTokens } from "../text/tokens.ts";

/** Most choices of one answer, as at OpenAI. */
const MAX_CHOICES = 128;

/** `POST /v1/completions`, streamed or not. */
export function completion(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  const model = modelIn(body);
  const prompt = body["prompt"];
  const userText = typeof prompt === "string"
    ? prompt
    : Array.isArray(prompt)
    ? prompt.filter((text) => typeof text === "string").join("\n")
    : "";
  const promptTokens = countTokens(userText);
  const reply = makeReply({
    vendor: request.vendor,
    model,
    conversation: { userText, toolOutput: undefined, userSpoke: true, promptTokens },
    call: undefined,
    shape: { kind: "text" },
    stop: stopsIn(body),
    maxTokens: countIn(body, "max_tokens", [1, 1e9], undefined),
  });
  const count = countIn(body, "n", [1, MAX_CHOICES], 1);
  const outputTokens = reply.outputTokens * count;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
  };
  const head = {
    id: request.newId("cmpl-"),
    object: "text_completion",
    created: request.createdSeconds,
    model,
    system_fingerprint: `fp_simulated_${request.vendor}`,
  };
  const choice = (index: number, text: string, finish: string | null) => ({
    index,
    text,
    logprobs: null,
    finish_reason: finish,
  });
  const indexes = Array.from({ length: count }, (_, index) => index);
  if (body["stream"] !== true) {
    const choices = indexes.map((index) => choice(index, reply.content.join(""), reply.finish));
    return jsonAnswer({ ...head, choices, usage }, reply.outputTokens);
  }
  const withUsage = objectIn(body, "stream_options")?.["include_usage"] === true;
  const chunk = (index: number, text: string, finish: string | null) =>
    dataEvent(JSON.stringify({ ...head, choices: [choice(index, text, finish)] }), finish === null ? 1 : 0);
  return {
    kind: "events",
    events: [
      ...indexes.flatMap((index) => [
        ...reply.content.map((piece) => chunk(index, piece, null)),
        chunk(index, "", reply.finish),
      ]),
      ...(withUsage ? [dataEvent(JSON.stringify({ ...head, choices: [], usage }))] : []),
      dataEvent("[DONE]"),
    ],
  };
}
