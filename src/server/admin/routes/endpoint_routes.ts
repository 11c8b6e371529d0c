import { z } from "zod";
import type { HealthBoard } from "../../../balancing/health.ts";
import type { QuotaBook } from "../../../balancing/quota/quota_book.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Runtime } from "../../../core/runtime.ts";
import type { Generation } from "../../../gateway/generation.ts";
import type { EndpointNotes } from "../../../operations/endpoint_notes.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";
import { ACTION_SCOPES, ENDPOINT_ACTIONS, EndpointActor } from "../endpoints/endpoint_actions.ts";
import { endpointFilter, endpointsMeant, poolFacts } from "../endpoints/endpoint_filter.ts";
import { endpointStanding, type StandingSources } from "../endpoints/endpoint_standing.ts";
import { endpointShape, type EndpointView, endpointView } from "../endpoints/endpoint_view.ts";

/** What the routes of endpoints work with. */
export interface EndpointRoutesParts {
  readonly generation: () => Generation;
  readonly health: HealthBoard;
  readonly quota: QuotaBook;
  readonly notes: EndpointNotes;
  readonly runtime: Runtime;
}

/** Most endpoints that one action may mean: as many changes as the store takes at once. */
const MAX_MEANT = 20_000;

/** Most ids that one action names: they fit the body. */
const MAX_IDS = 2_000;

const id = z.string().min(1).max(64);

const order = z.strictObject({
  action: z.enum(ENDPOINT_ACTIONS).describe(
    "restore forgets all that was learnt against them; clear_cooldown only what an upstream told us to wait.",
  ),
  ids: z.array(id).min(1).max(MAX_IDS).optional(),
  filter: z.strictObject(endpointFilter).optional(),
  scope: z.enum(ACTION_SCOPES).optional().describe(
    "What is acted on: the endpoint alone, or its key or upstream and so all endpoints that have it.",
  ),
  note: z.string().max(1000).optional().describe("Why; shown with the endpoint."),
});

/** Endpoints: how they stand, and what a person does with them. */
export function endpointRoutes(parts: EndpointRoutesParts): AdminRoute[] {
  return [listRoute(parts), actRoute(parts), readRoute(parts)];
}

/** How standings are read now. */
export function sourcesOf({ health, quota, runtime }: EndpointRoutesParts): StandingSources {
  return { health, quota, nowMs: runtime.monotonic() };
}

function listRoute(parts: EndpointRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/endpoints",
    summary: "Endpoints, in the order of the config, with state, reason, rates and limits.",
    operationId: "listEndpoints",
    query: z.strictObject({
      ...endpointFilter,
      limit: z.coerce.number().int().min(1).max(500).default(100),
      cursor: id.optional().describe("nextCursor of the page before."),
    }),
    answer: z.object({
      endpoints: z.array(endpointShape),
      matching: z.number().describe("Endpoints that the filter means, on all pages."),
      nextCursor: z.string().nullable(),
    }),
    mutates: false,
    async handle({ query: { limit, cursor, ...filter } }) {
      const generation = parts.generation();
      if (cursor !== undefined && !generation.endpoints.has(cursor)) {
        throw new GatewayError("invalid_body", "The config has changed since that page. Begin anew.", {
          param: "cursor",
        });
      }
      const endpoints: EndpointView[] = [];
      let matching = 0;
      let hasMore = false;
      // The endpoint of the cursor may have left the filter meanwhile: what counts is its place.
      let isPast = cursor === undefined;
      const places = cursor === undefined ? undefined : placesUpTo(generation, cursor);
      for await (
        const { endpoint, standing, settings } of endpointsMeant(filter, generation, () => sourcesOf(parts))
      ) {
        matching++;
        isPast ||= places?.has(endpoint.id) !== true;
        if (!isPast) continue;
        if (endpoints.length >= limit) hasMore = true;
        else {
          const note = parts.notes.of(endpoint.id);
          endpoints.push(endpointView(endpoint, standing, settings, note, sourcesOf(parts)));
        }
      }
      return { endpoints, matching, nextCursor: hasMore ? endpoints.at(-1)?.id ?? null : null };
    },
  });
}

function placesUpTo({ endpoints }: Generation, cursor: string): Set<string> {
  const places = new Set<string>();
  for (const endpointId of endpoints.keys()) {
    places.add(endpointId);
    if (endpointId === cursor) break;
  }
  return places;
}

function readRoute(parts: EndpointRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/endpoints/{id}",
    summary: "One endpoint.",
    operationId: "readEndpoint",
    answer: endpointShape,
    mutates: false,
    handle({ params }) {
      const generation = parts.generation();
      const endpoint = generation.endpoints.get(params["id"] ?? "");
      const pool = endpoint && poolFacts(generation).get(endpoint.pool);
      if (endpoint === undefined || pool === undefined) throw noEndpoint();
      const sources = sourcesOf(parts);
      const standing = endpointStanding(endpoint, pool, sources);
      return endpointView(endpoint, standing, pool.settings, parts.notes.of(endpoint.id), sources);
    },
  });
}

function actRoute(parts: EndpointRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "POST",
    path: "/admin/endpoints/actions",
    summary: "Switches endpoints off or on, forgets what was learnt against them, or notes something.",
    operationId: "actOnEndpoints",
    body: order,
    answer: z.object({
      matched: z.number().describe("Endpoints that were meant."),
      changed: z.number().describe("Endpoints, keys, groups and upstreams that are not as they were."),
      unknown: z.array(z.string()).describe("Ids that no endpoint of the config in force has."),
    }),
    mutates: true,
    async handle({ body: { action, ids, filter, scope, note } }) {
      const conditions = Object.values(filter ?? {}).filter((value) => value !== undefined).length;
      if ((ids === undefined) === (filter === undefined) || (filter !== undefined && conditions === 0)) {
        const text = "Say which endpoints: either by 'ids', or by a 'filter' with at least one member.";
        throw new GatewayError("invalid_body", text, { param: "filter" });
      }
      const { endpoints } = parts.generation();
      const unknown = (ids ?? []).filter((one) => !endpoints.has(one));
      const meant = ids === undefined
        ? await meantBy(filter ?? {}, parts)
        : [...new Set(ids)].flatMap((one) => endpoints.get(one) ?? []);
      if (ids !== undefined && meant.length === 0) throw noEndpoint();
      const actor = new EndpointActor(parts, { action, scope, note });
      await actor.actOnAll(meant);
      return { matched: meant.length, changed: actor.changed, unknown };
    },
  });
}

/** All of them are found before any is changed: a change may move one out of the filter. */
async function meantBy(filter: z.output<typeof order>["filter"] & object, parts: EndpointRoutesParts) {
  const meant = [];
  for await (const { endpoint } of endpointsMeant(filter, parts.generation(), () => sourcesOf(parts))) {
    meant.push(endpoint);
    if (meant.length <= MAX_MEANT) continue;
    const text = `The filter means more than ${MAX_MEANT} endpoints. Narrow it, or change the config.`;
    throw new GatewayError("invalid_body", text, { param: "filter" });
  }
  return meant;
}

function noEndpoint(): GatewayError {
  return new GatewayError("object_not_found", "The config in force has no endpoint with this id.");
}
