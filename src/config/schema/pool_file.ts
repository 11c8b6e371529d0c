import * as z from "zod";
import { registryOf } from "../../core/registry.ts";
import type { Format } from "../../formats/format.ts";
import * as formatModule from "../../formats/mod.ts";
import * as providerModule from "../../providers/mod.ts";
import type { Provider } from "../../providers/provider.ts";
import { label, MAX_LIST, models, object, says, secret, weight, word } from "./fields.ts";
import { accountFields, editFields, linkFields, proxyField } from "./edits/edit_fields.ts";
import { errors } from "./health/errors_field.ts";
import { limits } from "./limits/limits_field.ts";
import { poolModels, rename } from "./models/models_fields.ts";
import { poolAlertsFile } from "./operations_file.ts";
import { settingsFields } from "./settings_fields.ts";
import { poolUsageFields } from "./usage/usage_fields.ts";

/** The providers that a pool may name. */
export const PROVIDERS = registryOf<Provider>(providerModule);

const FORMATS = registryOf<Format>(formatModule);

const quotaGroup = label().optional().describe(
  'Name of a limit at the vendor that several keys share, such as an organisation\'s; "none": shared with no other. Omitted: found out by measuring.',
);

const keyItem = z.union([
  secret(),
  object({
    key: secret().describe('The credential: literal, "env:NAME" or "file:PATH".'),
    name: label().optional().describe("How logs and records call it; without one, by its fingerprint."),
    weight: weight().default(1).describe("Share among the keys; 0 takes no new traffic."),
    priority: z.int().min(0).max(1000).default(0).describe(
      "For balance strategy 'priority': keys of a smaller number are used first.",
    ),
    models: models().optional().describe("Narrows the pool's models for this key."),
    limits,
    quotaGroup,
    ...accountFields,
    ...proxyField,
    enabled: z.boolean().default(true).describe("false switches the key off."),
    note: z.string().max(1000).optional().describe("Your own words; shown, never used."),
  }),
], { error: says('must be a key in double quotes, "env:NAME", "file:PATH", or an object with "key"') });

/** Entries of a list of keys by themselves. */
export const keyItems = z.array(keyItem).max(MAX_LIST);

const keys = z.union([word(["client"]), keyItems], {
  error: says('must be a list of keys, or "client" to pass the caller\'s own credential on'),
}).describe(
  'The credentials: a list of literals, "env:NAME", "file:PATH" (one key a line) or objects; "client" passes the caller\'s own on; an empty list sends none.',
);

const url = z.string({ error: says('must be a URL in double quotes, such as "https://api.openai.com/v1"') });

const API_VERSION_ERROR = says('must be a version such as "2024-10-21", "2025-04-01-preview" or "preview"');

const apiVersion = z.string({ error: API_VERSION_ERROR }).regex(
  /^(?:\d{4}-\d{2}-\d{2}(?:-preview)?|preview|latest|v1)$/,
  { error: API_VERSION_ERROR },
);

const upstreamItem = z.union([
  url,
  object({
    url: url.describe("Base URL; may end in /v1 or not, or be a complete endpoint."),
    provider: word(PROVIDERS.types).optional().describe("The vendor behind it, where it is not the pool's."),
    apiVersion: apiVersion.optional().describe(
      "For vendors with a version in the query (Azure): the one for requests that bring none.",
    ),
    name: label().optional().describe("How logs and records call it; the URL's host when omitted."),
    weight: weight().default(1).describe("Share among the upstreams; 0 takes no new traffic."),
    enabled: z.boolean().default(true).describe("false switches the upstream off."),
    keys: keys.optional().describe("Its own credentials instead of the pool's."),
    models: models().optional().describe("Narrows the pool's models for this upstream."),
    rename: rename().default({}).describe(
      "Its own names for models (an Azure deployment's), by the name asked for; before the pool's.",
    ),
    limits,
    quotaGroup,
    ...accountFields,
    ...linkFields,
  }),
], { error: says('must be a URL in double quotes or an object with "url"') });

/** A pool as the file has it. */
export const poolFile = object({
  name: label().optional().describe("Unique; the provider's type when omitted."),
  provider: word(PROVIDERS.types).describe("The vendor behind the pool."),
  enabled: z.boolean().default(true).describe("false switches the pool off."),
  weight: weight().default(1).describe("Share among pools that list the same model; 0 takes no new traffic."),
  priority: z.int().min(0).max(1000).default(0).describe(
    "Pools of a smaller number are asked first when several list the same model.",
  ),
  upstreams: z.array(upstreamItem).min(1).max(10_000).optional().describe(
    "Base URLs that can stand in for each other; the provider's own when omitted.",
  ),
  keys: keys.optional(),
  models: poolModels().default(["*"]).describe(
    'Models that clients may ask this pool for, without a route. ["*"] passes any name on; { "discover": true } asks the upstreams.',
  ),
  rename: rename().default({}).describe("Its upstreams' names for models, by the name asked for."),
  renameOnly: z.boolean().default(false).describe(
    'true: only names that "rename" of the pool or an upstream lists are offered and listed.',
  ),
  formats: z.array(word(FORMATS.types)).min(1).max(FORMATS.types.length).optional().describe(
    "Wire formats that its upstreams speak, the preferred one first, where they are not all of their provider's: requests in others are translated.",
  ),
  errors,
  limits,
  ...poolUsageFields,
  ...settingsFields,
  ...editFields,
  ...accountFields,
  ...linkFields,
  alerts: poolAlertsFile.optional(),
}).describe("Upstreams and keys that can stand in for each other.");

/** A pool as it comes out of the schema. */
export type PoolFile = z.output<typeof poolFile>;

/** Entries of a list of keys as they come out of the schema. */
export type KeyItemsFile = z.output<typeof keyItems>;
