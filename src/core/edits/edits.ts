import type { JsonEdits } from "../bytes/json_edit.ts";
import type { Matcher } from "../pattern.ts";

/** Which requests a rule is for; what is undefined narrows nothing. */
export interface EditScope {
  /** The model as the upstream is asked for it; a request without one is none of these. */
  readonly models: Matcher | undefined;
  /** Types of the formats that the upstream is spoken to in. */
  readonly formats: ReadonlySet<string> | undefined;
}

/** What a rule's text may stand for beside itself; the words of the config. */
export const EDIT_VARIABLES = [
  "client.ip",
  "tenant",
  "pool",
  "upstream",
  "key.fingerprint",
  "request.id",
  "timestamp",
  "timestamp.ms",
  "model",
] as const;

/** One of {@link EDIT_VARIABLES}. */
export type EditVariable = (typeof EDIT_VARIABLES)[number];

/** A text in its parts: as they are, and variables to be filled in. */
export type HeaderTemplate = readonly (string | { readonly variable: EditVariable })[];

/** A rule over the members of a JSON body. */
export interface ParameterEdit extends EditScope {
  readonly edits: JsonEdits;
}

/** A rule over header fields; names are lower-case and may be touched (`upstream/edits/header_names.ts`). */
export interface HeaderEdit extends EditScope {
  readonly set: readonly (readonly [name: string, value: HeaderTemplate])[];
  readonly remove: readonly string[];
}

/** What the operator changes on the way, ready to be applied: rules in order, each over what the one before left. */
export interface Edits {
  readonly parameters: readonly ParameterEdit[];
  readonly request: readonly HeaderEdit[];
  readonly response: readonly HeaderEdit[];
}
