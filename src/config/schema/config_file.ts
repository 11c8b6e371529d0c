import * as z from "zod";
import { proxies } from "./edits/proxies_field.ts";
import { MAX_LIST, object, says, size } from "./fields.ts";
import { alertsFile, logsFile, metricsFile, recordsFile, stateFile } from "./operations_file.ts";
import { poolFile } from "./pool_file.ts";
import { routeFile } from "./route_file.ts";
import { settingsFields } from "./settings_fields.ts";
import { tenantFile } from "./tenant_file.ts";
import { pricesFile, usageFile } from "./usage/usage_fields.ts";

const MB = 1024 ** 2;

const defaultsFile = object({
  ...settingsFields,
  body: object({
    max: size(1024, 1024 * MB).prefault("64MB").describe("Largest JSON request body (default 64MB)."),
  }).prefault({}).describe("Bounds of request bodies."),
}).describe(
  "Settings for all pools and routes; a pool's own go before these, and a route's before a pool's.",
);

/**
 * The whole file, as its writer sees it. The JSON Schema is made of this, descriptions included; what one
 * member cannot know of another (names, targets, secrets) is checked in `build.ts`.
 */
export const configFile = object({
  $schema: z.string().optional().describe("For editors: the path of config.schema.json."),
  listen: z.string({ error: says('must be "HOST:PORT"') }).default("127.0.0.1:4283").describe(
    '"HOST:PORT", IPv6 hosts in brackets. A flag and the environment go before it.',
  ),
  admin: object({
    enabled: z.boolean().default(true).describe("false: there is no admin API."),
    listen: z.string({ error: says('must be "HOST:PORT"') }).optional().describe(
      '"HOST:PORT" of its own: then it is served there and nowhere else. Omitted: where the gateway listens.',
    ),
  }).prefault({}).describe("The admin API under /admin."),
  trustedProxies: z.array(z.string()).max(1000).default(["loopback"]).describe(
    'Proxies whose forwarding headers are believed: addresses, CIDR ranges, "loopback" or "private".',
  ),
  cors: object({
    origins: z.array(z.string()).max(1000).default([]).describe(
      'Web origins that may call from a browser, such as "https://chat.example.com"; "*" alone for all.',
    ),
  }).prefault({}).describe("Calls from browsers."),
  defaults: defaultsFile.prefault({}),
  tenants: z.array(tenantFile).max(MAX_LIST).default([]).describe(
    "Who may call. Without any, the gateway makes one and tells its key at the start.",
  ),
  pools: z.array(poolFile).max(10_000).default([]).describe("Upstreams and their keys."),
  routes: z.array(routeFile).max(MAX_LIST).default([]).describe(
    "Public model names that lead elsewhere than to the pools that list them.",
  ),
  proxies,
  prices: pricesFile.prefault({}),
  usage: usageFile.prefault({}),
  memory: object({
    max: size(16 * MB, 1024 * 1024 * MB).optional().describe(
      "What all requests may hold together of bodies and answers, unwritten records included; what finds no room is refused (503). Omitted: half of the heap that V8 gives itself on this machine, at most 2GB.",
    ),
  }).prefault({}).describe("Bounds of memory."),
  state: stateFile.prefault({}),
  records: recordsFile.prefault({}),
  logs: logsFile.prefault({}),
  alerts: alertsFile.prefault({}),
  metrics: metricsFile.prefault({}),
}).describe("Tidegate's configuration.");

/** The file as it comes out of the schema. */
export type ConfigFile = z.output<typeof configFile>;
