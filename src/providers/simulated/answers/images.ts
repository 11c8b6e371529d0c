import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { formFiles, formText, readForm } from "../text/form.ts";
import { countIn, listIn, parseJsonObject, textIn } from "../text/json.ts";
import { countTokens } from "../text/tokens.ts";
import { VendorRefusal } from "../vendor_refusal.ts";

/** A PNG of one grey pixel, in base64. */
const PNG_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";
/** Most images of one answer, as at OpenAI. */
const MAX_IMAGES = 10;
/** Most reference images of one edit, as at OpenAI. */
const MAX_REFERENCES = 16;

/** `POST /v1/images/generations`. */
export function imageGeneration(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  const count = countIn(body, "n", [1, MAX_IMAGES], 1);
  return imagesAnswer(request, textIn(body, "prompt"), count, 0);
}

/** `POST /v1/images/edits`, as a multipart form or as JSON with image references. */
export function imageEdit(request: SimulatedRequest): SimulatedAnswer {
  const contentType = String(request.headers["content-type"] ?? "");
  if (contentType.startsWith("application/json")) {
    const body = parseJsonObject(request.body);
    const references = listIn(body, "images").length;
    if (references === 0) {
      throw new VendorRefusal(400, "Missing required parameter: 'images'", { param: "images" });
    }
    return imagesAnswer(request, textIn(body, "prompt"), countIn(body, "n", [1, MAX_IMAGES], 1), references);
  }
  const parts = readForm(contentType, request.body);
  const references = formFiles(parts, "image").length;
  const count = countIn({ n: Number(formText(parts, "n") ?? 1) }, "n", [1, MAX_IMAGES], 1);
  return imagesAnswer(request, formText(parts, "prompt"), count, references);
}

function imagesAnswer(
  request: SimulatedRequest,
  prompt: string | undefined,
  count: number,
  references: number,
): SimulatedAnswer {
  if (prompt === undefined) {
    throw new VendorRefusal(400, "Missing required parameter: 'prompt'", { param: "prompt" });
  }
  if (references > MAX_REFERENCES) {
    throw new VendorRefusal(400, `At most ${MAX_REFERENCES} images may be given`, { param: "image" });
  }
  const textTokens = countTokens(prompt);
  return jsonAnswer({
    created: request.createdSeconds,
    data: Array.from({ length: count }, () => ({
      b64_json: PNG_BASE64,
      revised_prompt: `A simulated image: one grey pixel from "${request.vendor}".`,
    })),
    output_format: "png",
    size: "1x1",
    usage: {
      input_tokens: textTokens + references,
      input_tokens_details: { text_tokens: textTokens, image_tokens: references },
      output_tokens: count,
      total_tokens: textTokens + references + count,
    },
  });
}
