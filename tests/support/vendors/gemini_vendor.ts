import { GEMINI_SIGNATURE, readGenerate } from "./gemini_check.ts";
import { list, members, text, type VendorRefusal } from "./json.ts";
import { type Plan, planFor } from "./plan.ts";
import {
  jsonReply,
  startVendor,
  streamReply,
  type Vendor,
  type VendorReply,
  type VendorRequest,
} from "./vendor_server.ts";

/** The model it has: one that wants its signatures back. */
export const GEMINI_MODEL = "gemini-3-pro";

const PATH = /^\/v1(?:beta|alpha)?\/(?:models|tunedModels)\/([^/]+):([A-Za-z]+)$/;

const ERRORS = {
  400: ["INVALID_ARGUMENT", "Invalid tide."],
  401: ["UNAUTHENTICATED", "Request had invalid authentication credentials."],
  404: ["NOT_FOUND", "Requested entity was not found."],
  429: ["RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 1s."],
  500: ["INTERNAL", "An internal error has occurred."],
} as const;

/** A vendor of Gemini's generateContent, streamed as events or as a JSON array, token counts and embeddings. */
export function geminiVendor(): Promise<Vendor> {
  const key = "AIza-gemini-vendor";
  return startVendor(key, {
    refusal: ({ message }: VendorRefusal) => failure(400, message),
    respond: (request) => respond(request, key),
  });
}

function failure(
  status: keyof typeof ERRORS,
  message: string = ERRORS[status][1],
  details: readonly object[] = [],
): VendorReply {
  return jsonReply(status, { error: { code: status, message, status: ERRORS[status][0], details } });
}

const BAD_KEY = {
  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
  reason: "API_KEY_INVALID",
  domain: "googleapis.com",
};
const EXHAUSTED = [
  {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel" }],
  },
  { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1s" },
];

function respond(request: VendorRequest, key: string): VendorReply {
  const { headers, query, method, path, body } = request;
  if (headers["x-goog-api-key"] !== key && query.get("key") !== key) {
    return failure(400, "API key not valid. Please pass a valid API key.", [BAD_KEY]);
  }
  if (method === "GET" && /^\/v1(beta|alpha)?\/models$/.test(path)) return models();
  const [, model = "", verb = ""] = PATH.exec(decodeURIComponent(path)) ?? [];
  if (method !== "POST") return failure(404);
  switch (verb) {
    case "countTokens": {
      const { generateContentRequest, contents } = members(body);
      const { model: _model, ...counted } = members(generateContentRequest ?? { contents });
      readGenerate(counted, model);
      return jsonReply(200, { totalTokens: 21, promptTokensDetails: [{ modality: "TEXT", tokenCount: 21 }] });
    }
    case "embedContent":
      return jsonReply(200, { embedding: { values: [0.25, -0.5] } });
    case "batchEmbedContents": {
      const embeddings = list(members(body)["requests"]).map((_, index) => ({
        values: [0.25 + index, -0.5],
      }));
      return jsonReply(200, { embeddings });
    }
    case "generateContent":
    case "streamGenerateContent":
      return generate(request, model, verb);
    default:
      return failure(404);
  }
}

function generate({ body, query }: VendorRequest, model: string, verb: string): VendorReply {
  const plan = planFor(readGenerate(body, model));
  if ("status" in plan) return failure(plan.status, undefined, plan.status === 429 ? EXHAUSTED : []);
  const shape = { modelVersion: model, responseId: "VENDORresponseId", signed: model.startsWith("gemini-3") };
  if (verb === "generateContent") {
    const parts = [...thoughts(plan), ...texts(plan), ...calls(plan, shape.signed)];
    return jsonReply(200, answer(shape, joined(parts), plan, true));
  }
  const pieces = chunks(plan, shape);
  if (query.get("alt") === "sse") {
    const events = pieces.map((piece) => `data: ${JSON.stringify(piece)}\r\n\r\n`);
    return streamReply(events, { transport: plan.transport, content: 1 });
  }
  const array = pieces.map((piece, index) => `${index === 0 ? "[" : ",\r\n"}${JSON.stringify(piece)}`);
  return streamReply([...array, "]"], { transport: plan.transport, content: 1 }, {
    "content-type": "application/json",
  });
}

function models(): VendorReply {
  const model = {
    name: `models/${GEMINI_MODEL}`,
    displayName: "Gemini 3 Pro",
    supportedGenerationMethods: ["generateContent", "countTokens"],
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
  };
  return jsonReply(200, { models: [model] });
}

const thoughts = ({ reasoning }: Plan) => reasoning.map((text) => ({ text, thought: true }));
const texts = ({ text }: Plan) => text.map((piece) => ({ text: piece }));

/** Only the first call of a step is signed; only parallel calls have ids, so that both kinds are met. */
function calls(plan: Plan, signed: boolean): object[] {
  return plan.calls.map(({ name, pieces }, index) => ({
    functionCall: {
      ...(plan.calls.length > 1 ? { id: `vendor${index}` } : {}),
      name,
      args: JSON.parse(pieces.join("")),
    },
    ...(signed && index === 0 ? { thoughtSignature: GEMINI_SIGNATURE } : {}),
  }));
}

/** Texts of one kind in a row are one part in a whole answer. */
function joined(parts: readonly object[]): object[] {
  const whole: Readonly<Record<string, unknown>>[] = [];
  for (const part of parts.map(members)) {
    const last = whole.at(-1);
    if (last !== undefined && "text" in last && "text" in part && last["thought"] === part["thought"]) {
      whole[whole.length - 1] = { ...last, text: text(last["text"]) + text(part["text"]) };
    } else whole.push(part);
  }
  return whole;
}

interface Shape {
  readonly modelVersion: string;
  readonly responseId: string;
  readonly signed: boolean;
}

function answer(shape: Shape, parts: readonly object[], plan: Plan, last: boolean): object {
  const { usage } = plan;
  const thought = last ? usage.reasoningTokens : 0;
  const output = last ? usage.outputTokens - usage.reasoningTokens : 1;
  return {
    candidates: [{
      content: { ...(parts.length === 0 ? {} : { parts }), role: "model" },
      ...(last ? { finishReason: "STOP" } : {}),
      index: 0,
    }],
    usageMetadata: {
      promptTokenCount: usage.inputTokens,
      candidatesTokenCount: output,
      totalTokenCount: usage.inputTokens + output + thought,
      ...(usage.cachedInputTokens > 0 ? { cachedContentTokenCount: usage.cachedInputTokens } : {}),
      ...(thought > 0 ? { thoughtsTokenCount: thought } : {}),
      promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.inputTokens }],
    },
    modelVersion: shape.modelVersion,
    responseId: shape.responseId,
  };
}

/** Thoughts and texts piece by piece, all calls in one chunk, then an empty one that ends it. */
function chunks(plan: Plan, shape: Shape): object[] {
  const called = calls(plan, shape.signed);
  const steps = [
    ...[...thoughts(plan), ...texts(plan)].map((part) => [part]),
    ...(called.length === 0 ? [] : [called]),
  ];
  return [
    ...steps.map((parts) => answer(shape, parts, plan, false)),
    answer(shape, [], plan, true),
  ];
}
