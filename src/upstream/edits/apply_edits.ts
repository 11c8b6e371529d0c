/**
 * What the operator's rules make of one attempt: of its body, its header fields and its answer's. A pool's rules go
 * before a route's; nothing is done, and nothing looked at, where neither has any.
 * @module
 */
import type { Candidate, Endpoint } from "../../balancing/endpoint.ts";
import { JsonScanError } from "../../core/bytes/json_span.ts";
import type { EditScope, HeaderEdit } from "../../core/edits/edits.ts";
import { GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import { upstreamModel } from "../transport/upstream_model.ts";
import { type HeaderMode, responseHeaders } from "../headers.ts";
import { type EditFacts, filled, type TemplateValues } from "./header_template.ts";

/** The client's side of an attempt, as far as rules look at it. */
export interface EditedRequest {
  /** The model to ask for where the candidate names none. */
  readonly model: string | undefined;
  /** Absent: nothing is edited. */
  readonly edited?: EditFacts | undefined;
}

/**
 * The JSON body with the parameter rules applied; `body` itself where none is for it. Throws `GatewayError`
 * `invalid_json` where what an edit leads into is no JSON.
 */
export function editedBody<T>(body: T, candidate: Candidate, request: EditedRequest): T | Uint8Array {
  const values = valuesOf(candidate, request);
  if (values?.facts.hasParameters !== true || !(body instanceof Uint8Array)) return body;
  const rules = [...candidate.endpoint.edits?.parameters ?? [], ...candidate.edits?.parameters ?? []];
  let bytes: Uint8Array = body;
  try {
    for (const rule of rules) if (isFor(rule, values)) bytes = rule.edits.apply(bytes);
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    throw new GatewayError(
      "invalid_json",
      `The request body is not valid JSON: something is wrong at byte ${error.offset}.`,
    );
  }
  return bytes;
}

/** Applies the request's header rules to `headers`, which hold no credential yet. */
export function editRequestHeaders(
  headers: HeaderFields,
  candidate: Candidate,
  request: EditedRequest,
): void {
  const values = valuesOf(candidate, request);
  if (values === undefined) return;
  applyAll(candidate.endpoint.edits?.request ?? [], headers, values);
  applyAll(candidate.edits?.request ?? [], headers, values);
}

/**
 * The same for a call of the gateway's own (a probe, a list of models): a pool's rules that are for every request;
 * variables that need a client are empty. `nowMs`: wall clock.
 */
export function editOwnHeaders(headers: HeaderFields, endpoint: Endpoint, nowMs: number): void {
  if (endpoint.edits === undefined) return;
  const facts = {
    ...{ format: undefined, hasParameters: false, clientAddress: "", tenant: "", requestId: "" },
    timeMs: nowMs,
  };
  applyAll(endpoint.edits.request, headers, { endpoint, facts, model: undefined });
}

/** What makes a client's header fields of the upstream's, like `responseHeaders`, and then applies the response rules; undefined: there are none. */
export function answerEditor(
  candidate: Candidate,
  request: EditedRequest,
): ((fields: HeaderFields, mode: HeaderMode) => HeaderFields) | undefined {
  const values = valuesOf(candidate, request);
  if (values === undefined) return undefined;
  return (fields, mode) => {
    const headers = responseHeaders(fields, mode);
    applyAll(candidate.endpoint.edits?.response ?? [], headers, values);
    applyAll(candidate.edits?.response ?? [], headers, values);
    return headers;
  };
}

/** Undefined where nothing is edited. */
function valuesOf(candidate: Candidate, { edited, model }: EditedRequest): TemplateValues | undefined {
  const { endpoint } = candidate;
  if (edited === undefined || (endpoint.edits ?? candidate.edits) === undefined) return undefined;
  return { endpoint, facts: edited, model: upstreamModel(candidate, model) };
}

function isFor({ models, formats }: EditScope, { facts, model }: TemplateValues): boolean {
  if (formats !== undefined && (facts.format === undefined || !formats.has(facts.format))) return false;
  return models === undefined || (model !== undefined && models(model));
}

function applyAll(rules: readonly HeaderEdit[], headers: HeaderFields, values: TemplateValues): void {
  for (const rule of rules) {
    if (!isFor(rule, values)) continue;
    for (const name of rule.remove) delete headers[name];
    for (const [name, template] of rule.set) {
      const value = filled(template, values);
      // A variable that stands for nothing must not leave the client's own value in its place.
      if (value === "") delete headers[name];
      else headers[name] = value;
    }
  }
}
