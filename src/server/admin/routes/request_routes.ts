import { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import { REQUEST_PHASES, type RequestUnderWay } from "../../../gateway/under_way/request_under_way.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";

/** What the routes of requests work with. */
export interface RequestRoutesParts {
  /** Oldest first. */
  readonly requestsUnderWay: () => IterableIterator<RequestUnderWay>;
  /** Ends one; false when there is none with this id. */
  readonly cancel: (requestId: string) => boolean;
}

const requestShape = z.object({
  id: z.string(),
  started: z.string().describe("UTC."),
  ageMs: z.number(),
  phase: z.enum(REQUEST_PHASES).describe(
    "reading its body, waiting for an endpoint, asked one, answering the client.",
  ),
  tenant: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  model: z.string().nullable(),
  stream: z.boolean(),
  endpoint: z.string().nullable(),
  pool: z.string().nullable(),
  attempts: z.number(),
  requestBytes: z.number().nullable(),
  answerBytes: z.number(),
  client: z.string(),
});

/** Requests that are under way, and ending one. */
export function requestRoutes({ requestsUnderWay, cancel }: RequestRoutesParts): AdminRoute[] {
  return [
    defineAdminRoute({
      method: "GET",
      path: "/admin/requests",
      summary: "Requests under way, oldest first.",
      operationId: "listRequests",
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(200),
        tenant: z.string().max(500).optional(),
        model: z.string().max(500).optional(),
        endpoint: z.string().max(64).optional(),
      }),
      answer: z.object({
        requests: z.array(requestShape),
        matching: z.number().describe("All that the filter means, also past the limit."),
      }),
      mutates: false,
      handle({ query: { limit, tenant, model, endpoint } }) {
        const requests: RequestUnderWay[] = [];
        let matching = 0;
        for (const request of requestsUnderWay()) {
          if (tenant !== undefined && request.tenant !== tenant) continue;
          if (model !== undefined && request.model !== model) continue;
          if (endpoint !== undefined && request.endpoint !== endpoint) continue;
          if (++matching <= limit) requests.push(request);
        }
        return { requests, matching };
      },
    }),
    defineAdminRoute({
      method: "POST",
      path: "/admin/requests/{id}/cancel",
      summary: "Ends a request; its client is told in its own format.",
      operationId: "cancelRequest",
      answer: z.object({ cancelled: z.literal(true) }),
      mutates: true,
      handle({ params }) {
        if (!cancel(params["id"] ?? "")) {
          throw new GatewayError("object_not_found", "No request with this id is under way.");
        }
        return { cancelled: true };
      },
    }),
  ];
}
