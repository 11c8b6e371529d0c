import * as z from "zod";
import { label } from "../../../../config/schema/fields.ts";
import { GatewayError } from "../../../../core/errors.ts";
import { IMPORT_FORMATS } from "../../../../operations/keys/import/key_lines.ts";
import { keyChange, type KeyDesk } from "../../../../operations/keys/key_desk.ts";
import { keySelection } from "../../../../operations/keys/key_selection.ts";
import { KEY_STATES } from "../../../../operations/keys/key_view.ts";
import { MasterKeyError } from "../../../../operations/keys/master/master_key_file.ts";
import { type AdminRoute, defineAdminRoute } from "../../admin_route.ts";

/** Most keys of one page. */
const MAX_PAGE = 1_000;

const flag = z.enum(["true", "false"]).default("false").transform((text) => text === "true");

const importQuery = z.object({
  upstream: label().optional(),
  format: z.enum(IMPORT_FORMATS).optional(),
  dryRun: flag,
});

const count = z.int().min(0);
const lineNumber = z.int().min(1);

const importAnswer = z.object({
  added: count,
  duplicate: count,
  rejected: count,
  duplicates: z.array(z.object({ line: lineNumber, key: z.string(), of: z.string() })),
  rejects: z.array(z.object({ line: lineNumber, reason: z.string() })),
  saved: z.boolean(),
});

const listQuery = z.object({
  state: z.enum(KEY_STATES).optional(),
  source: z.enum(["file", "store"]).optional(),
  cursor: z.string().regex(/^\d{1,9}$/).default("0").transform(Number),
  limit: z.string().regex(/^\d{1,4}$/).default("100").transform(Number)
    .pipe(z.int().min(1).max(MAX_PAGE)),
});

const keyView = z.object({
  id: z.string(),
  key: z.string(),
  masked: z.string().nullable(),
  source: z.enum(["file", "store"]),
  upstream: z.string().nullable(),
  name: z.string().nullable(),
  weight: z.number(),
  priority: z.number(),
  enabled: z.boolean(),
  models: z.array(z.string()).nullable(),
  quotaGroup: z.string().nullable(),
  note: z.string().nullable(),
  addedAtMs: z.number().nullable(),
  state: z.enum(KEY_STATES),
  reason: z.string().nullable(),
  recoversInMs: z.number().nullable(),
});

const listAnswer = z.object({ keys: z.array(keyView), next: z.string().nullable() });
const changeBody = z.strictObject({ which: keySelection, set: keyChange });
const deleteBody = z.strictObject({ which: keySelection });
const changeAnswer = z.object({ changed: count, unknown: z.array(z.string()), saved: z.boolean() });
const rotateAnswer = z.object({ resealed: count, done: z.boolean() });

/** Upstream keys made at run time, and the master key they are sealed with. */
export function keyRoutes(desk: KeyDesk): AdminRoute[] {
  const path = "/admin/pools/{pool}/keys";
  return [
    defineAdminRoute({
      method: "GET",
      path,
      summary: "A pool's keys, masked, with their state, reason and time to recovery.",
      operationId: "listKeys",
      query: listQuery,
      answer: listAnswer,
      mutates: false,
      handle: ({ params, query }) =>
        desk.list(poolOf(params), { ...query, state: query.state, source: query.source }),
    }),
    defineAdminRoute({
      method: "POST",
      path,
      summary: "Imports keys: text (one a line), CSV or JSONL; reports duplicates and rejects by line.",
      operationId: "importKeys",
      query: importQuery,
      streams: true,
      answer: importAnswer,
      mutates: true,
      handle: ({ params, query, stream }) =>
        desk.import(poolOf(params), { ...query, upstream: query.upstream, format: query.format, stream }),
    }),
    defineAdminRoute({
      method: "PATCH",
      path,
      summary: "Changes weight, models, note and the like of keys of the store, or switches them on or off.",
      operationId: "changeKeys",
      body: changeBody,
      answer: changeAnswer,
      mutates: true,
      handle: ({ params, body }) => desk.change(poolOf(params), body.which, body.set),
    }),
    defineAdminRoute({
      method: "POST",
      path: `${path}/delete`,
      summary: "Deletes keys of the store.",
      operationId: "deleteKeys",
      body: deleteBody,
      answer: changeAnswer,
      mutates: true,
      handle: ({ params, body }) => desk.remove(poolOf(params), body.which),
    }),
    defineAdminRoute({
      method: "POST",
      path: "/admin/secrets/rotate",
      summary:
        "Makes a new master key and seals every stored key anew; the old one works until that is done.",
      operationId: "rotateMasterKey",
      answer: rotateAnswer,
      mutates: true,
      async handle() {
        try {
          return await desk.rotate();
        } catch (error) {
          if (error instanceof MasterKeyError) throw new GatewayError("invalid_body", error.message);
          throw error;
        }
      },
    }),
  ];
}

function poolOf(params: Readonly<Record<string, string>>): string {
  return params["pool"] ?? "";
}
