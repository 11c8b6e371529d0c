import * as z from "zod";
import { OVERRIDES } from "../../tenants/tenant.ts";
import { label, models, object, says, secret, word } from "./fields.ts";
import { callerLimits, queue } from "./limits/caller_limits_field.ts";

const PATH_ERROR = says(
  'must be "inference", "account", "proxy", "*", or a path pattern such as "/v1/files*"',
);

const grant = z.string({ error: PATH_ERROR }).regex(
  /^(?:inference|account|proxy|\*|\/[^\s?#\p{Cc}"\\]{0,255})$/u,
  { error: PATH_ERROR },
);

const keyItem = z.union([
  secret(),
  object({
    key: secret().describe('The tenant key: literal, "env:NAME" or "file:PATH".'),
    name: label().optional().describe("How logs and records call it; without one, by its fingerprint."),
    limits: callerLimits,
  }),
], { error: says('must be a key in double quotes, "env:NAME", "file:PATH", or an object with "key"') });

/** A tenant as the file has it. */
export const tenantFile = object({
  name: label().describe("Unique; how logs and records call it."),
  keys: z.array(keyItem).max(10_000).describe(
    'What it calls with: literals, "env:NAME" or "file:PATH" (one key a line), or objects; at least 20 characters each.',
  ),
  enabled: z.boolean().default(true).describe("false refuses all its calls."),
  models: models().optional().describe(
    "Models it may ask for, patterns with '*' too; omitted: all; []: none.",
  ),
  paths: z.array(grant).max(1000).default(["inference"]).describe(
    'What it may call: "inference"; "account" for paths that read or change the account behind a key; "proxy" for /proxy/*; "*"; or path patterns.',
  ),
  debug: z.boolean().default(false).describe(
    "true: its answers carry pool, upstream and key fingerprint in response headers.",
  ),
  overrides: z.array(word(OVERRIDES)).max(OVERRIDES.length).default(["deadline"]).describe(
    'What its requests may ask for by header fields: "deadline" (x-tidegate-deadline: 30s, for all of it), "pool" (x-tidegate-pool: NAME), "record" (x-tidegate-record: off).',
  ),
  records: word(["full", "metadata", "off"]).optional().describe(
    "How much of its requests is recorded; as `records` says for all when omitted.",
  ),
  limits: callerLimits,
  queue,
  priority: z.int().min(0).max(100).default(0).describe(
    "Where requests wait for an upstream, those of tenants of a smaller number go first (default 0).",
  ),
}).describe("Someone who may call.");

/** A tenant as it comes out of the schema. */
export type TenantFile = z.output<typeof tenantFile>;
