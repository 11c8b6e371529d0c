import { z } from "zod";
import type { Readiness } from "../../readiness.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";

/** How the process stands; see the answer of `GET /admin/status`. */
export interface ProcessStatus {
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly inFlight: number;
  /** Of the store; 0 when all is written. */
  readonly stateWaiting: number;
  readonly records: { readonly enabled: boolean; readonly waiting: number; readonly refusing: boolean };
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number };
  readonly eventLoop: { readonly lagMs: number; readonly worstLagMs: number };
}

/** What the route of the status works with. */
export interface StatusRoutesParts {
  /** Of the gateway. */
  readonly version: string;
  readonly readiness: () => Readiness;
  readonly processStatus: () => ProcessStatus;
}

/** How the gateway as a whole stands. */
export function statusRoutes({ version, readiness, processStatus }: StatusRoutesParts): AdminRoute[] {
  return [defineAdminRoute({
    method: "GET",
    path: "/admin/status",
    summary: "How the gateway stands: what /readyz tells, and what is not for everybody's eyes.",
    operationId: "readStatus",
    answer: z.object({
      version: z.string(),
      ready: z.boolean(),
      readiness: z.looseObject({ generation: z.number() }).describe("As /readyz tells it."),
      startedAt: z.string().describe("UTC."),
      uptimeMs: z.number(),
      inFlight: z.number().describe("Requests under way."),
      stateWaiting: z.number().describe("Changes that the store does not have yet."),
      records: z.object({
        enabled: z.boolean(),
        waiting: z.number().describe("Records that are not written yet."),
        refusing: z.boolean().describe("They cannot be written, and requests are refused for it."),
      }),
      memory: z.object({ rssBytes: z.number(), heapUsedBytes: z.number() }),
      eventLoop: z.object({
        lagMs: z.number().describe("How late work came at worst in the last two seconds."),
        worstLagMs: z.number().describe("Of the last minute."),
      }),
    }),
    mutates: false,
    handle() {
      const { ready, detail } = readiness();
      return { version, ready, readiness: detail, ...processStatus() };
    },
  })];
}
