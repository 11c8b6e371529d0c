import type { EmbeddingsAnswer, EmbeddingsRequest } from "../../../core/chat/embeddings.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import type {
  AnswerContext,
  EmbeddingsSide,
  ReceivedRequest,
  WriteContext,
  WrittenRequest,
} from "../../translation/translation.ts";
import { nativeMembers, withNative } from "../shared/native_members.ts";
import { malformed, RequestMembers } from "../shared/request_members.ts";
import { readUsage } from "../usage.ts";
import { readFloats, writeFloats } from "./float_text.ts";

const OPENAI_EMBEDDINGS = "openai_embeddings";

/** Where embeddings are asked for. */
const PATH = "/v1/embeddings";

/** The translation of OpenAI embeddings. Inputs that are tokens mean nothing to another vendor's model and are refused. */
export const embeddingsSide: EmbeddingsSide = {
  fieldNames: {},
  ownMembers: {},
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
};

function readRequest({ body, model }: ReceivedRequest): EmbeddingsRequest {
  const members = new RequestMembers(body);
  members.value("model");
  members.value("stream");
  const input = members.value("input");
  const inputs = readInputs(input);
  const encoding = members.text("encoding_format") ?? "float";
  if (encoding !== "float" && encoding !== "base64") throw malformed("encoding_format", "float or base64");
  const dimensions = members.number("dimensions");
  const user = members.text("user");
  const native = nativeMembers(OPENAI_EMBEDDINGS, members.rest());
  return {
    model,
    inputs,
    single: typeof input === "string",
    encoding,
    ...(dimensions !== undefined && { dimensions }),
    ...(user !== undefined && { user }),
    ...(native && { native }),
  };
}

function readInputs(input: unknown): readonly string[] {
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) throw malformed("input", "a text or a list of texts");
  return input.map((text: unknown, at) => {
    if (typeof text === "string") return text;
    const isToken = exactNumber(text) !== undefined || Array.isArray(text);
    const expected = isToken ? "text: the model that answers does not know these tokens" : "a string";
    throw malformed(isToken ? "input" : `input[${at}]`, expected);
  });
}

function writeRequest(request: EmbeddingsRequest, { model, losses }: WriteContext): WrittenRequest {
  const { inputs, single, dimensions, encoding, user } = request;
  if (request.task !== undefined) losses.drop("embeddingTask");
  if (request.title !== undefined) losses.drop("embeddingTask", "title");
  const body: JsonObject = {
    model,
    input: single && inputs.length === 1 ? inputs[0] : inputs,
    ...(encoding === "base64" && { ["encoding_format"]: encoding }),
    ...(dimensions !== undefined && { dimensions }),
    ...(user !== undefined && { user }),
  };
  return { path: PATH, query: "", body: withNative(body, request.native, OPENAI_EMBEDDINGS) };
}

function readAnswer(body: JsonObject): EmbeddingsAnswer {
  const data: unknown[] = Array.isArray(body.data) ? body.data : [];
  const entries = data.filter(isJsonObject).map((entry, at) => ({
    at: exactNumber(entry.index) ?? at,
    vector: readVector(entry.embedding),
  }));
  const usage = readUsage(body.usage);
  return {
    model: typeof body.model === "string" ? body.model : undefined,
    vectors: entries.sort((a, b) => a.at - b.at).map((entry) => entry.vector),
    ...(usage && { inputTokens: usage.inputTokens }),
  };
}

function readVector(embedding: unknown): readonly number[] {
  if (typeof embedding === "string") return readFloats(embedding);
  if (!Array.isArray(embedding)) return [];
  return embedding.map(exactNumber).filter((value) => value !== undefined);
}

/** Vectors in the encoding that was asked for: OpenAI's SDKs ask for base64 unless told otherwise. */
function writeAnswer(answer: EmbeddingsAnswer, context: AnswerContext<EmbeddingsRequest>): JsonObject {
  const isPacked = context.asked.encoding === "base64";
  const tokens = answer.inputTokens ?? 0; // The SDKs count on the member.
  return {
    object: "list",
    data: answer.vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: isPacked ? writeFloats(vector) : vector,
    })),
    model: context.model,
    usage: { ["prompt_tokens"]: tokens, ["total_tokens"]: tokens },
  };
}
