import * as z from "zod";
import { EDIT_VARIABLES } from "../../../core/edits/edits.ts";
import { registryOf } from "../../../core/registry.ts";
import * as formatModule from "../../../formats/mod.ts";
import type { Format } from "../../../formats/format.ts";
import { models, object, says, word } from "../fields.ts";

const FORMATS = registryOf<Format>(formatModule).types;

/** Most rules of one kind in one place: each is one pass over a body. */
const MAX_RULES = 100;

/** Most names in one list of a rule. */
const MAX_NAMES = 1000;

const scope = {
  models: models().optional().describe(
    "Only for these models, by the name the upstream is asked for; patterns with '*' too.",
  ),
  formats: z.array(word(FORMATS)).max(FORMATS.length).optional().describe(
    "Only for requests that go to the upstream in these formats.",
  ),
};

const path = z.string({ error: says('must be a member\'s path such as "metadata.team"') });

const parameterRule = object({
  set: z.record(z.string(), z.unknown()).optional().describe(
    'Members of the request\'s JSON body and the values they get whatever the client sent; "a.b" is member b of a. Missing parents are made.',
  ),
  default: z.record(z.string(), z.unknown()).optional().describe(
    "Members that get a value where the client sent none.",
  ),
  delete: z.array(path).max(MAX_NAMES).optional().describe("Members that do not go on."),
  ...scope,
});

const headerRule = object({
  set: z.record(z.string(), z.string({ error: says("must be a text in double quotes") })).optional().describe(
    `Header fields and their values, in which \${NAME} stands for one of ${EDIT_VARIABLES.join(", ")}.`,
  ),
  remove: z.array(z.string({ error: says("must be the name of a header field") })).max(MAX_NAMES).optional()
    .describe("Header fields that do not go on; removed before others are set."),
  ...scope,
});

/** One rule or a list of them, applied in order. */
function rules<T extends z.ZodType>(rule: T) {
  return z.union([rule, z.array(rule).max(MAX_RULES)], { error: says("must be a rule or a list of rules") });
}

/** What pools and routes may change on the way; a route's rules come after its pool's. */
export const editFields = {
  parameters: rules(parameterRule).optional().describe(
    "Changes of JSON request bodies on paths that run a model: one rule or a list. 'model' and 'stream' cannot be changed.",
  ),
  headers: object({
    request: rules(headerRule).optional().describe(
      "Changes of what goes to the upstream: one rule or a list.",
    ),
    response: rules(headerRule).optional().describe(
      "Changes of what goes to the client: one rule or a list.",
    ),
  }).optional().describe("Changes of header fields."),
};

const text = (what: string) =>
  z.string({ error: says("must be a text in double quotes") }).regex(/^[!-~]{1,200}$/, {
    error: says("must be 1 to 200 visible characters without white space"),
  }).optional().describe(what);

/** The account at OpenAI; a key's goes before its upstream's, that before its pool's. */
export const accountFields = {
  organization: text("Sent as the header openai-organization."),
  project: text("Sent as the header openai-project."),
};

/** Which proxy; a key's goes before its upstream's, that before its pool's. */
export const proxyField = {
  proxy: z.string({ error: says('must be the name of one of "proxies", or "none"') }).optional().describe(
    'Name of the outbound proxy (see proxies); "none": straight, whatever the environment says.',
  ),
};

/** How pools and upstreams are reached. */
export const linkFields = {
  ...proxyField,
  tls: object({
    ca: z.string({ error: says('must be "file:PATH", "env:NAME" or a certificate in PEM') }).optional()
      .describe('Certificates (PEM) that are believed beside the system\'s: "file:PATH" or "env:NAME".'),
  }).optional().describe("How its TLS connections are made."),
};

type RuleOf<T extends z.ZodType> = z.output<T>;
/** One parameter rule as it comes out of the schema. */
export type ParameterRuleFile = RuleOf<typeof parameterRule>;
/** One header rule as it comes out of the schema. */
export type HeaderRuleFile = RuleOf<typeof headerRule>;
/** The edits of a pool or a route as they come out of the schema. */
export interface EditsFile {
  readonly parameters?: ParameterRuleFile | ParameterRuleFile[] | undefined;
  readonly headers?: {
    readonly request?: HeaderRuleFile | HeaderRuleFile[] | undefined;
    readonly response?: HeaderRuleFile | HeaderRuleFile[] | undefined;
  } | undefined;
}
