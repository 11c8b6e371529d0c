import { z } from "zod";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";
import type { AuditLog } from "../audit/audit_log.ts";
import { readAudit } from "../audit/read_audit.ts";

/** What the audit's routes work with. */
export interface AuditRoutesParts {
  readonly audit: AuditLog;
  /** Where `audit.jsonl` and its predecessors lie. */
  readonly logDirectory: string;
}

const entry = z.looseObject({
  id: z.string(),
  time: z.string().describe("UTC."),
  address: z.string().describe("The client's address, by trusted proxies."),
  method: z.string(),
  path: z.string().describe("The route's template."),
  params: z.record(z.string(), z.string()),
  status: z.number(),
  outcome: z.string().describe("ok, or the code of the refusal."),
});

/** Reading who changed what. */
export function auditRoutes({ audit, logDirectory }: AuditRoutesParts): AdminRoute[] {
  return [defineAdminRoute({
    method: "GET",
    path: "/admin/audit",
    summary: "Changes that were asked for through this API, newest first.",
    operationId: "listAudit",
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      cursor: z.string().max(64).optional().describe("nextCursor of the page before."),
    }),
    answer: z.object({ entries: z.array(entry), nextCursor: z.string().nullable() }),
    mutates: false,
    async handle({ query: { limit, cursor } }) {
      const entries = audit.recent(cursor).slice(0, limit);
      const before = entries.at(-1)?.id ?? cursor;
      if (entries.length < limit) {
        entries.push(...await readAudit(logDirectory, { before, limit: limit - entries.length }));
      }
      return { entries, nextCursor: entries.length < limit ? null : entries.at(-1)?.id ?? null };
    },
  })];
}
