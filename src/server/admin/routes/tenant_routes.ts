import { z } from "zod";
import { DURATION_PATTERN } from "../../../config/schema/duration.ts";
import { label } from "../../../config/schema/fields.ts";
import { callerLimits } from "../../../config/schema/limits/caller_limits_field.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { TenantDesk } from "../../../operations/tenants/tenant_desk.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";
import { schemaOf } from "../frame/shape_members.ts";

const time = z.string().max(40).describe(
  'A day such as "2027-01-31" (to its end, UTC) or a time with its zone.',
);

/** Spelled as in the config file and checked by its rules, where the tenant is built; kept as it was written. */
const limits = z.record(z.string(), z.unknown()).meta({
  ...schemaOf(callerLimits.unwrap(), "input"),
  description: "What it may use, spelled as `limits` of a tenant or of its key in the config file.",
});

const keyWishes = {
  name: label().optional().describe("How you call the key; without one, its fingerprint."),
  expires: time.optional(),
  note: z.string().max(1000).optional(),
  limits: limits.nullish(),
};

/** The plain members; the others (routes, queue, setting groups) pass as they are and are checked as the config's. */
const members = {
  enabled: z.boolean().nullish(),
  open: z.boolean().nullish(),
  note: z.string().max(1000).nullish(),
  models: z.array(z.string()).nullish(),
  pools: z.array(z.string()).nullish(),
  addresses: z.array(z.string()).nullish(),
  formats: z.array(z.string()).nullish(),
  paths: z.array(z.string()).nullish(),
  aliases: z.record(z.string(), z.string()).nullish(),
  priority: z.number().nullish(),
  debug: z.boolean().nullish(),
  overrides: z.array(z.string()).nullish(),
  records: z.string().nullish(),
  limits: limits.nullish(),
};

const MEMBERS_TEXT = "Any members that a tenant of the config file has, spelled alike, but `keys`.";

const newTenant = z.looseObject({
  name: label(),
  key: z.strictObject(keyWishes).default({}).describe("Of its first key."),
  ...members,
}).describe(MEMBERS_TEXT);

const tenantChange = z.looseObject(members).describe(`${MEMBERS_TEXT} null takes one away.`);

const keyChange = z.strictObject({
  name: label().nullish(),
  expires: time.nullish(),
  note: z.string().max(1000).nullish(),
  enabled: z.boolean().optional(),
  limits: limits.nullish().describe("All of its limits anew; null takes them away."),
});

const rotation = z.strictObject({
  ...keyWishes,
  limits: limits.nullish().describe("Of the new key; those of the old ones unless said; null: none."),
  overlap: z.string().regex(DURATION_PATTERN).optional().describe(
    'How long the old keys stay good: "24h" unless said otherwise; "0s": they are gone at once.',
  ),
  oldUntil: time.optional().describe("Until when the old keys stay good, instead of `overlap`."),
  fingerprint: z.string().max(32).optional().describe("The one old key that is meant; all without it."),
});

const page = z.strictObject({
  after: z.string().max(64).optional().describe("`next` of the page before."),
  limit: z.string().regex(/^[1-9]\d{0,3}$/).optional().describe(
    "Tenants of one page, at most 1,000; 200 unless said.",
  ),
});

const counts = z.strictObject({
  requests: z.number().describe("That came with its keys, those that were refused included."),
  tokens: z.number().describe("Input and output, when they are known."),
  refusedByVendor: z.number().describe("Told to come back since vendors had said so."),
  refusedByGateway: z.number().describe(
    "Told to come back by the gateway: a limit, or no endpoint had room.",
  ),
});

const tenant = z.looseObject({
  name: z.string(),
  source: z.enum(["config", "gateway", "store"]),
  perMinute: z.strictObject({ current: counts, peak: counts }).describe(
    "Of the last 60 seconds, and the most of a minute since the start.",
  ),
});
const change = z.strictObject({ tenant, saved: z.boolean() });
const changeWithKey = change.extend({ key: z.string(), fingerprint: z.string() });

type Desk = Pick<TenantDesk, keyof TenantDesk>;

/** The routes of tenants: all can be seen, those made at run time can be changed. */
export function tenantRoutes(desk: Desk): AdminRoute[] {
  return [...readingRoutes(desk), ...changingRoutes(desk), ...keyRoutes(desk)];
}

function readingRoutes(desk: Desk): AdminRoute[] {
  return [
    defineAdminRoute({
      method: "GET",
      path: "/admin/tenants",
      summary: "All tenants, by name, with their keys' fingerprints and last use.",
      operationId: "listTenants",
      query: page,
      answer: z.strictObject({ tenants: z.array(tenant), next: z.string().nullable() }),
      mutates: false,
      handle: ({ query }) => {
        const { after = "", limit = "200" } = query;
        return desk.list(after, Math.min(1000, Number(limit)));
      },
    }),
    defineAdminRoute({
      method: "GET",
      path: "/admin/tenants/{name}",
      summary: "One tenant.",
      operationId: "showTenant",
      answer: tenant,
      mutates: false,
      handle: ({ params }) => desk.show(params["name"] ?? ""),
    }),
  ];
}

function changingRoutes(desk: Desk): AdminRoute[] {
  return [
    defineAdminRoute({
      method: "POST",
      path: "/admin/tenants",
      summary: "Makes a tenant and its first key, which is told in this answer and never again.",
      operationId: "createTenant",
      body: newTenant,
      answer: changeWithKey,
      mutates: true,
      handle: ({ body }) => {
        const { name, key, ...rest } = body;
        return desk.create(name, withoutKeys(rest), key);
      },
    }),
    defineAdminRoute({
      method: "PATCH",
      path: "/admin/tenants/{name}",
      summary: "Changes members of a tenant made at run time; in force at once.",
      operationId: "changeTenant",
      body: tenantChange,
      answer: change,
      mutates: true,
      handle: ({ params, body }) => desk.change(params["name"] ?? "", withoutKeys(body)),
    }),
    defineAdminRoute({
      method: "DELETE",
      path: "/admin/tenants/{name}",
      summary: "Deletes a tenant made at run time; its streams are cut.",
      operationId: "deleteTenant",
      answer: z.strictObject({ saved: z.boolean() }),
      mutates: true,
      handle: ({ params }) => desk.remove(params["name"] ?? ""),
    }),
  ];
}

function keyRoutes(desk: Desk): AdminRoute[] {
  return [
    defineAdminRoute({
      method: "POST",
      path: "/admin/tenants/{name}/keys",
      summary: "Gives a tenant one more key, which is told in this answer and never again.",
      operationId: "addTenantKey",
      body: z.strictObject(keyWishes),
      answer: changeWithKey,
      mutates: true,
      handle: ({ params, body }) => desk.addKey(params["name"] ?? "", body),
    }),
    defineAdminRoute({
      method: "PATCH",
      path: "/admin/tenants/{name}/keys/{fingerprint}",
      summary: "Changes name, note, limits or end of a tenant's key, or switches it off and on.",
      operationId: "changeTenantKey",
      body: keyChange,
      answer: change,
      mutates: true,
      handle: ({ params, body }) => desk.changeKey(params["name"] ?? "", params["fingerprint"] ?? "", body),
    }),
    defineAdminRoute({
      method: "DELETE",
      path: "/admin/tenants/{name}/keys/{fingerprint}",
      summary: "Takes a key from a tenant; its streams are cut.",
      operationId: "deleteTenantKey",
      answer: change,
      mutates: true,
      handle: ({ params }) => desk.removeKey(params["name"] ?? "", params["fingerprint"] ?? ""),
    }),
    defineAdminRoute({
      method: "POST",
      path: "/admin/tenants/{name}/rotate",
      summary: "Gives a tenant a new key and its old ones an end.",
      operationId: "rotateTenantKeys",
      body: rotation,
      answer: changeWithKey,
      mutates: true,
      handle: ({ params, body }) => desk.rotate(params["name"] ?? "", body),
    }),
  ];
}

function withoutKeys(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const given = ["keys", "name"].find((member) => Object.hasOwn(members, member));
  if (given === undefined) return members;
  const text = given === "keys"
    ? "keys: the gateway makes the keys itself; see POST /admin/tenants/{name}/keys."
    : "name: a tenant keeps its name.";
  throw new GatewayError("invalid_body", text, { param: given });
}
