import { Buffer } from "node:buffer";
import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { countIn, modelIn, parseJsonObject } from "../text/json.ts";
import { countTokens } from "../text/tokens.ts";
import { VendorRefusal } from "../vendor_refusal.ts";

/** Length of a vector when the request does not say: short, so that answers stay small. */
const DEFAULT_DIMENSIONS = 256;
/** Longest vector, as at OpenAI. */
const MAX_DIMENSIONS = 3072;
/** Most inputs of one request, as at OpenAI. */
const MAX_INPUTS = 2048;

/** `POST /v1/embeddings`: unit vectors that depend on the input alone, as numbers or base64 of 32-bit floats. */
export function embeddings(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  const model = modelIn(body);
  const inputs = inputsOf(body["input"]);
  const dimensions = countIn(body, "dimensions", [1, MAX_DIMENSIONS], DEFAULT_DIMENSIONS);
  const base64 = body["encoding_format"] === "base64";
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  return jsonAnswer({
    object: "list",
    data: inputs.map((input, index) => {
      const vector = vectorOf(input, dimensions);
      const embedding = base64 ? Buffer.from(vector.buffer).toString("base64") : [...vector];
      return { object: "embedding", index, embedding };
    }),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** A text, a list of texts, a list of tokens, or a list of such lists; each input as one text. */
function inputsOf(input: unknown): readonly string[] {
  const list = Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
  if (list.length === 0 || list.length > MAX_INPUTS || list.some((one) => !isInput(one))) {
    throw new VendorRefusal(400, "'$.input' is invalid", { param: "input" });
  }
  return list.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}

function isInput(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  return Array.isArray(value) && value.length > 0 && value.every((token) => typeof token === "number");
}

/** A unit vector from a hash of the text (FNV-1a, then a xorshift generator). */
function vectorOf(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  state = state === 0 ? 1 : state;
  const vector = new Float32Array(dimensions);
  let squares = 0;
  for (let at = 0; at < dimensions; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const value = state / 0x80000000;
    vector[at] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}
