import type { Endpoint } from "../../balancing/endpoint.ts";
import { EDIT_VARIABLES, type EditVariable, type HeaderTemplate } from "../../core/edits/edits.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";

/** What a request says of itself for the operator's edits. */
export interface EditFacts {
  /** Type of the format that the upstream is spoken to in; undefined where the path belongs to none. */
  readonly format: string | undefined;
  /** Its body is a JSON text (that `scanTopLevel` took) on a path that runs a model: parameters may be edited. */
  readonly hasParameters: boolean;
  /** The client's address, by trusted proxies; empty: there is no client. */
  readonly clientAddress: string;
  readonly tenant: string;
  readonly requestId: string;
  /** Wall clock at its arrival. */
  readonly timeMs: number;
}

/** What the variables of one attempt stand for. */
export interface TemplateValues {
  readonly endpoint: Endpoint;
  readonly facts: EditFacts;
  /** The model as the upstream is asked for it. */
  readonly model: string | undefined;
}

/** Most characters that a variable fills in; a client may name a model of any length. */
const MAX_VARIABLE_LENGTH = 256;

/** A template, or the name in it that is no variable's. */
export function parseTemplate(text: string): HeaderTemplate | { readonly unknown: string } {
  const parts: (string | { variable: EditVariable })[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    const variable = EDIT_VARIABLES.find((known) => known === match[1]);
    if (variable === undefined) return { unknown: match[1] ?? "" };
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push({ variable });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** The text with its variables filled in: visible ASCII and spaces alone, whatever a client sent. */
export function filled(template: HeaderTemplate, values: TemplateValues): string {
  return template.map((part) => typeof part === "string" ? part : harmless(valueOf(part.variable, values)))
    .join("").trim();
}

function valueOf(variable: EditVariable, { endpoint, facts, model = "" }: TemplateValues): string {
  switch (variable) {
    case "client.ip":
      return facts.clientAddress;
    case "tenant":
      return facts.tenant;
    case "pool":
      return endpoint.pool;
    case "upstream":
      return endpoint.upstream.name;
    case "key.fingerprint":
      return typeof endpoint.key === "object" ? endpoint.key.fingerprint : "";
    case "request.id":
      return facts.requestId;
    case "timestamp":
      return utcTime(facts.timeMs);
    case "timestamp.ms":
      return String(Math.floor(facts.timeMs));
    case "model":
      return model;
  }
}

/** At most {@link MAX_VARIABLE_LENGTH} characters, those that no header field holds safely percent-encoded. */
function harmless(text: string): string {
  return text.slice(0, MAX_VARIABLE_LENGTH).toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
