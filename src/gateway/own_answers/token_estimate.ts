import { isJsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Format } from "../../formats/format.ts";
import type { RequestFacts } from "../facts/request_facts.ts";
import type { RequestContext } from "../request_context.ts";
import { requestIdField } from "../facts/front.ts";
import { sendJson } from "./send_json.ts";

/**
 * Answers a count of tokens that no upstream of the route can make with the gateway's own estimate, marked by
 * `x-tidegate-estimated`: agents plan with it, and an error would only make them plan without.
 */
export function answerTokenEstimate(
  { exchange, id, startedMs }: RequestContext,
  { format, path }: { readonly format: Format; readonly path: string },
  facts: RequestFacts,
): undefined {
  const { tokenCount } = format;
  const body = facts.json && parseExact(new TextDecoder().decode(facts.json.bytes));
  if (tokenCount === undefined || !isJsonObject(body)) {
    throw new GatewayError("invalid_body", "The request body is not a JSON object. Send one.");
  }
  const { query, headers } = exchange;
  const asked = tokenCount.readRequest({ body, path, query, headers, model: facts.model, stream: false });
  const answer = tokenCount.writeAnswer({ inputTokens: facts.estimate.inputTokens }, {
    ...{ asked, model: facts.model ?? "", requestId: id },
    createdSeconds: Math.floor(startedMs / 1000),
  });
  return sendJson({ exchange, id }, answer, {
    [requestIdField(format)]: id,
    "x-tidegate-estimated": "input_tokens",
  });
}
