import { createHash } from "node:crypto";
import { GatewayError } from "../../core/errors.ts";
import { type Exchange, headerValue } from "../../core/exchange.ts";
import { decodeJsonString, JsonScanError, scanTopLevel, type Span } from "../../core/bytes/json_span.ts";
import type { Opening } from "../../balancing/affinity/prefix_chain.ts";
import type { RequestEstimate } from "../../balancing/quota/quota_view.ts";
import type { PromptShape } from "../../formats/format.ts";
import type { Front } from "./front.ts";
import type { CapturedBody } from "../../recording/record.ts";
import type { ModelSpan, RequestBody } from "../../upstream/request.ts";
import { USAGE_FLAG_MEMBER } from "../../upstream/usage/usage_flag.ts";
import { formFields } from "./multipart_fields.ts";
import { objectReferences } from "./object_references.ts";
import type { ReadLimits } from "./body_collector.ts";
import { type ReadBody, readPrefix, readWhole } from "./read_body.ts";
import { ESTIMATE_MEMBERS, requestEstimate } from "./request_estimate.ts";
import { SESSION_HINTS } from "./session_fields.ts";

/** What the bytes of a request ask for. */
export interface RequestFacts {
  readonly body: RequestBody;
  /** The model asked for, by the path where that names one; undefined when nothing names any. */
  readonly model: string | undefined;
  /** The model that the body names. */
  readonly written: string | undefined;
  /** Whether a streamed answer is asked for. */
  readonly stream: boolean;
  /** What it will cost at most, as far as its bytes tell. */
  readonly estimate: RequestEstimate;
  /** A JSON body and the members of it that were looked for; undefined for other bodies. */
  readonly json: { readonly bytes: Uint8Array; readonly members: ReadonlyMap<string, Span> } | undefined;
  /** How the conversation begins, where the format has one. */
  readonly opening: Opening | undefined;
  /** Ids of stored objects (files, responses, batches) that the body refers to. */
  readonly references: readonly string[];
  /** The body as the record will tell it. */
  readonly captured: CapturedBody;
  /** Bytes taken from the budget; to be given back when the request ends. */
  readonly heldBytes: number;
  /** The client's content coding was undone. */
  readonly decoded: boolean;
}

const EMPTY = {
  model: undefined,
  written: undefined,
  stream: false,
  references: [],
  estimate: requestEstimate(0),
  json: undefined,
  opening: undefined,
} as const;

/** Members of a request body that name a stored object, where it stands alone at the top. */
const REFERENCE_MEMBERS = [
  "previous_response_id",
  "conversation",
  "input_file_id",
  "file_id",
  "training_file",
  "validation_file",
  "fine_tuned_model_checkpoint",
] as const;

const WANTED = ["model", "stream", ...REFERENCE_MEMBERS];

const HINTS = [...ESTIMATE_MEMBERS, ...SESSION_HINTS, USAGE_FLAG_MEMBER];

/** The facts of a request that has no body. */
export function bodilessFacts(model: string | undefined): RequestFacts {
  return {
    ...EMPTY,
    model,
    body: { kind: "none" },
    captured: { kind: "none" },
    heldBytes: 0,
    decoded: false,
  };
}

/**
 * Reads what is needed of the body and finds model, streaming and references in it; nothing is parsed and built
 * again. What the path says of model and streaming goes before the body.
 */
export async function readFacts(
  exchange: Exchange,
  front: Exclude<Front, { kind: "models" }>,
  limits: ReadLimits,
): Promise<RequestFacts> {
  const facts = await bodyFacts(exchange, front, limits);
  const { named } = front;
  return named === undefined ? facts : { ...facts, model: named.model, stream: named.stream ?? facts.stream };
}

async function bodyFacts(
  exchange: Exchange,
  front: Exclude<Front, { kind: "models" }>,
  limits: ReadLimits,
): Promise<RequestFacts> {
  const contentType = headerValue(exchange.headers, "content-type") ?? "";
  const isJson = front.format.type !== "openai_other" || contentType.includes("json");
  if (isJson && !front.isOpaque) {
    return jsonFacts(await readWhole(exchange, limits), limits, front);
  }
  const read = await readPrefix(exchange, limits);
  const fields = !front.isOpaque && contentType.toLowerCase().startsWith("multipart/form-data")
    ? formFields(read.bytes, contentType, ["model", "stream"])
    : undefined;
  const model = fields?.get("model");
  return {
    body: opaqueBody(read, model && { ...model.span, spelling: "form" }),
    model: model?.value,
    written: model?.value,
    stream: fields?.get("stream")?.value === "true",
    references: [],
    json: undefined,
    opening: undefined,
    // A picture or a recording is no text: its size tells nothing of tokens.
    estimate: requestEstimate(0),
    captured: {
      kind: "opaque",
      sizeBytes: Number(headerValue(exchange.headers, "content-length") ?? read.bytes.length),
      contentType: contentType === "" ? undefined : contentType,
      sha256: read.rest === undefined ? createHash("sha256").update(read.bytes).digest("hex") : undefined,
    },
    heldBytes: read.heldBytes,
    decoded: read.decoded,
  };
}

function opaqueBody(
  read: ReadBody,
  model: { start: number; end: number; spelling: "form" } | undefined,
): RequestBody {
  if (read.rest !== undefined) return { kind: "stream", prefix: read.bytes, rest: read.rest, model };
  return read.bytes.length === 0 ? { kind: "none" } : { kind: "bytes", bytes: read.bytes, model };
}

function jsonFacts(
  read: ReadBody,
  limits: ReadLimits,
  { pathClass, format }: Exclude<Front, { kind: "models" }>,
): RequestFacts {
  const { bytes, heldBytes, decoded } = read;
  if (bytes.length === 0) {
    return { ...EMPTY, body: { kind: "none" }, captured: { kind: "none" }, heldBytes, decoded };
  }
  try {
    // A model in the path is the path's business: such a body need not name one.
    const needsModel = pathClass === "inference" && format.pathModel === undefined;
    const scanned = scannedFacts(bytes, needsModel, format.prompt);
    return { ...scanned, captured: { kind: "json", bytes }, heldBytes, decoded };
  } catch (error) {
    limits.budget.give(heldBytes);
    throw error instanceof JsonScanError ? refusal(error) : error;
  }
}

function scannedFacts(
  bytes: Uint8Array,
  runsModel: boolean,
  prompt: PromptShape | undefined,
): Omit<RequestFacts, "captured" | "heldBytes" | "decoded"> {
  const hints = prompt === undefined ? HINTS : [...HINTS, ...prompt.preamble];
  const { isObject, members, elements, ...signs } = scanTopLevel(
    bytes,
    WANTED,
    hints,
    prompt?.turns,
  );
  const span = members.get("model");
  const model = span && decodeJsonString(bytes, span);
  const stream = members.get("stream");
  return {
    body: {
      kind: "bytes",
      bytes,
      model: model !== undefined || (runsModel && isObject) ? modelSpan(bytes, span) : undefined,
    },
    model,
    written: model,
    stream: stream !== undefined && stream.end - stream.start === 4 && bytes[stream.start] === 0x74, // `true`
    estimate: requestEstimate(bytes.length, { bytes, members }),
    json: { bytes, members },
    opening: prompt &&
      { bytes, preamble: prompt.preamble.map((name) => members.get(name)), turns: elements },
    references: objectReferences(
      bytes,
      REFERENCE_MEMBERS.flatMap((name) => {
        const value = members.get(name);
        return value === undefined ? [] : [value];
      }),
      signs.hasUnicodeEscapes || signs.hasIdStrings,
    ),
  };
}

/** The place of the model: its value (`null` and the like too), or behind the opening brace where there is none. */
function modelSpan(bytes: Uint8Array, value: Span | undefined): ModelSpan {
  if (value !== undefined) return { start: value.start, end: value.end, spelling: "json" };
  const start = bytes.indexOf(0x7b) + 1;
  let next = start;
  while ((bytes[next] ?? 0x7d) <= 0x20) next++;
  return { start, end: start, spelling: bytes[next] === 0x7d ? "only_member" : "first_member" };
}

/** The published refusals (`docs/design.md` §1): two parsers must never see two requests. */
function refusal(error: JsonScanError): GatewayError {
  switch (error.reason) {
    case "depth":
      return new GatewayError(
        "invalid_json",
        "The request body is nested deeper than 128 levels. Flatten it.",
      );
    case "duplicate":
      return new GatewayError(
        "invalid_json",
        `The request body holds '${error.member ?? ""}' twice at its top level. Send it once.`,
        error.member === undefined ? {} : { param: error.member },
      );
    case "utf8":
      return new GatewayError("invalid_json", "The request body is not valid UTF-8. Send JSON as UTF-8.");
    case "syntax":
      return new GatewayError(
        "invalid_json",
        `The request body is not valid JSON: something is wrong at byte ${error.offset}.`,
      );
  }
}
