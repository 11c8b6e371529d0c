/** Which requests a rule is for; what is undefined narrows nothing. */
export interface RuleScope {
  /** Names and patterns of models, as the upstream is asked for them. */
  readonly models: readonly string[] | undefined;
  /** Types of `formats/mod.ts`. */
  readonly formats: readonly string[] | undefined;
}

/** Changes of a JSON body's members, by dotted paths that were checked. */
export interface ParameterRule extends RuleScope {
  readonly set: Readonly<Record<string, unknown>>;
  readonly default: Readonly<Record<string, unknown>>;
  readonly delete: readonly string[];
}

/** Changes of header fields, by lower-case names that were checked. */
export interface HeaderRule extends RuleScope {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** What a pool's or a route's config says of requests and answers on their way, checked. */
export interface EditRules {
  readonly parameters: readonly ParameterRule[];
  readonly requestHeaders: readonly HeaderRule[];
  readonly responseHeaders: readonly HeaderRule[];
}

/** The account at OpenAI that calls are made for; an undefined member is left to whoever stands above. */
export interface AccountFields {
  /** Sent as `openai-organization`. */
  readonly organization: string | undefined;
  /** Sent as `openai-project`. */
  readonly project: string | undefined;
}
