import * as z from "zod";
import { registryOf } from "../../core/registry.ts";
import type { Format } from "../../formats/format.ts";
import * as formatModule from "../../formats/mod.ts";
import { DEFAULT_PRIORITY, OVERRIDES } from "../../tenants/tenant.ts";
import { label, model, models, object, says, secret, word } from "./fields.ts";
import { callerLimits, queue } from "./limits/caller_limits_field.ts";
import { routeFile } from "./route_file.ts";
import { settingsFields } from "./settings_fields.ts";
import { tenantUsageFields } from "./usage/usage_fields.ts";

const FORMATS = registryOf<Format>(formatModule);

const PATH_ERROR = says(
  'must be "inference", "account", "proxy", "*", or a path pattern such as "/v1/files*"',
);

const grant = z.string({ error: PATH_ERROR }).regex(
  /^(?:inference|account|proxy|\*|\/[^\s?#\p{Cc}"\\]{0,255})$/u,
  { error: PATH_ERROR },
);

const note = z.string().max(1000).optional().describe("Your own words; shown, never used.");

const keyItem = z.union([
  secret(),
  object({
    key: secret().describe('The key: literal, "sha256:HEX", "env:NAME" or "file:PATH".'),
    name: label().optional().describe("How you call it; without one, its fingerprint."),
    expires: z.string().optional().describe(
      'When it stops working: a day such as "2027-01-31" (to its end, UTC) or a time such as "2027-01-31T18:00:00+08:00".',
    ),
    enabled: z.boolean().default(true).describe("false refuses the key and says so."),
    note,
    limits: callerLimits,
  }),
], {
  error: says(
    'must be a key in double quotes, "sha256:HEX", "env:NAME", "file:PATH", or an object with "key"',
  ),
});

const alias = model().refine((name) => !name.includes("*"), {
  error: "must be one model name, without '*'",
});

/** A tenant as the file has it. */
export const tenantFile = object({
  name: label().describe("Unique; how logs and records call it."),
  keys: z.array(keyItem).max(10_000).optional().describe(
    'What it calls with: literals, "sha256:HEX" (the key\'s SHA-256), "env:NAME", "file:PATH" (one key a line) or objects; at least 20 characters each.',
  ),
  open: z.boolean().default(false).describe(
    "true: whoever sends no key at all calls as this tenant, from `addresses`; without these from this machine alone.",
  ),
  enabled: z.boolean().default(true).describe("false refuses all its calls."),
  note,
  models: models().optional().describe(
    "Models it may ask for, patterns with '*' too; omitted: all; []: none.",
  ),
  pools: z.array(label()).max(10_000).optional().describe("Pools that may serve it; omitted: all."),
  addresses: z.array(z.string()).max(1000).optional().describe(
    'Where it may call from: addresses, CIDR ranges, "loopback" or "private"; omitted: anywhere.',
  ),
  formats: z.array(word(FORMATS.types)).max(FORMATS.types.length).optional().describe(
    "Wire formats it may speak; omitted: all.",
  ),
  paths: z.array(grant).max(1000).default(["inference"]).describe(
    'What it may call: "inference"; "account" for paths that read or change the account behind a key; "proxy" for /proxy/*; "*"; or path patterns.',
  ),
  routes: z.array(routeFile).max(10_000).default([]).describe(
    "Model names of its own and where they lead; looked up before all others.",
  ),
  aliases: z.record(alias, alias).default({}).describe(
    "Its own names for models: what it asks for, and the model that this means.",
  ),
  priority: z.int().min(0).max(100).default(DEFAULT_PRIORITY).describe(
    "Where requests wait in line, those of smaller numbers go first (default 50).",
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
  ...settingsFields,
  ...tenantUsageFields,
  limits: callerLimits,
  queue,
}).describe("Someone who may call.");

/** A tenant as it comes out of the schema. */
export type TenantFile = z.output<typeof tenantFile>;
