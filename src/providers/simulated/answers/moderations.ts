// deno-lint-ignore-file camelcase -- the names are those of the wire
import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { parseJsonObject, textIn } from "../text/json.ts";
import { VendorRefusal } from "../vendor_refusal.ts";

const CATEGORIES = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/instructions",
  "self-harm/intent",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
] as const;

/** `POST /v1/moderations`: nothing is ever flagged. */
export function moderations(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  const input = body["input"];
  if (typeof input !== "string" && !Array.isArray(input)) {
    throw new VendorRefusal(400, "Missing required parameter: 'input'", { param: "input" });
  }
  // A list of texts is judged one by one, a list of parts (text and image) as one.
  const count = Array.isArray(input) && input.every((one) => typeof one === "string") ? input.length : 1;
  const each = <T>(value: T) => Object.fromEntries(CATEGORIES.map((category) => [category, value]));
  const result = {
    flagged: false,
    categories: each(false),
    category_scores: each(0),
    category_applied_input_types: each([]),
  };
  return jsonAnswer({
    id: request.newId("modr-"),
    model: textIn(body, "model") ?? "simulated-moderation",
    results: Array.from({ length: count }, () => result),
  });
}
