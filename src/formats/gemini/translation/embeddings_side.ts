import type { EmbeddingsAnswer, EmbeddingsRequest } from "../../../core/chat/embeddings.ts";
import { GatewayError } from "../../../core/errors.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import type { EmbeddingsSide, ReceivedRequest } from "../../translation/translation.ts";
import { modelPath, resourceName } from "../paths.ts";
import { invalid, Members } from "./members.ts";
import { asNative, nativeMembers } from "./own_members.ts";

/** Embeddings are numbers here, whatever encoding another format asks for. */
const ENCODING = "float";

/** Translation of `embedContent` (one text) and `batchEmbedContents` (many). */
export const geminiEmbeddingsSide: EmbeddingsSide = {
  fieldNames: {},
  ownMembers: {},
  readRequest,
  writeRequest(request, context) {
    if (request.user !== undefined) context.losses.drop("user");
    const model = resourceName(context.model);
    const shared = {
      ...(request.task === undefined ? {} : { taskType: request.task }),
      ...(request.title === undefined ? {} : { title: request.title }),
      ...(request.dimensions === undefined ? {} : { outputDimensionality: request.dimensions }),
      ...nativeMembers(request.native),
    };
    const requests = request.inputs.map((text) => ({ model, content: { parts: [{ text }] }, ...shared }));
    const [only] = requests;
    const isSingle = request.single && only !== undefined && requests.length === 1;
    return {
      path: modelPath(context.model, isSingle ? "embedContent" : "batchEmbedContents"),
      query: "",
      body: isSingle ? only : { requests },
    };
  },
  readAnswer,
  writeAnswer(answer, { asked }) {
    const embeddings = answer.vectors.map((values) => ({ values }));
    const usage = answer.inputTokens === undefined
      ? {}
      : { usageMetadata: { promptTokenCount: answer.inputTokens } };
    return { ...(asked.single ? { embedding: embeddings[0] ?? { values: [] } } : { embeddings }), ...usage };
  },
};

function readRequest({ body, model }: ReceivedRequest): EmbeddingsRequest {
  const outer = new Members(body, "");
  const single = outer.has("content");
  const requests = single ? [outer] : outer.objects("requests");
  if (requests.length === 0) throw invalid("requests", "must hold at least one request");
  const read = requests.map(readOne);
  const [first] = read;
  const odd = read.findIndex(({ settings }) => JSON.stringify(settings) !== JSON.stringify(first?.settings));
  if (odd > 0) {
    throw notTranslatable(
      `requests[${odd}]`,
      "Its settings differ from those of the first request, and the vendor takes one setting for all",
    );
  }
  const { dimensions, task, title, native } = first?.settings ?? {};
  return {
    model,
    inputs: read.map(({ text }) => text),
    single,
    encoding: ENCODING,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(task === undefined ? {} : { task }),
    ...(title === undefined ? {} : { title }),
    ...asNative({ ...native, ...(single ? {} : outer.rest()) }),
  };
}

function readOne(request: Members) {
  request.take("model"); // The path says it.
  const content = request.object("content");
  const parts = content?.objects("parts") ?? [];
  const texts = parts.map((part) => part.text("text"));
  if (content === undefined || texts.length === 0) throw invalid(request.at("content"), "must hold a text");
  const [text] = texts;
  if (text === undefined || texts.length > 1) {
    throw notTranslatable(content.at("parts"), "Only a single text can be translated");
  }
  const settings = {
    dimensions: request.number("outputDimensionality"),
    task: request.text("taskType"),
    title: request.text("title"),
    native: request.rest(),
  };
  return { text, settings };
}

function notTranslatable(param: string, why: string): GatewayError {
  const message = `The field '${param}' cannot be translated: ${why}. Send it in requests of its own.`;
  return new GatewayError("not_translatable", message, { param });
}

function readAnswer(body: JsonObject): EmbeddingsAnswer {
  const list: readonly unknown[] = Array.isArray(body.embeddings) ? body.embeddings : [body.embedding];
  const usage = isJsonObject(body.usageMetadata)
    ? exactNumber(body.usageMetadata.promptTokenCount)
    : undefined;
  const inputTokens = usage ?? tokensInStatistics(list);
  return {
    model: undefined,
    vectors: list.filter(isJsonObject).map(({ values }) =>
      Array.isArray(values) ? values.map((value) => exactNumber(value) ?? 0) : []
    ),
    ...(inputTokens === undefined ? {} : { inputTokens }),
  };
}

/** Some versions of the API count the tokens of each text apart. */
function tokensInStatistics(list: readonly unknown[]): number | undefined {
  const counts = list.flatMap((item) =>
    isJsonObject(item) && isJsonObject(item.statistics) ? [exactNumber(item.statistics.tokenCount) ?? 0] : []
  );
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}
