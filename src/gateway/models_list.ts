import { GatewayError } from "../core/errors.ts";
import type { DiscoveredModel } from "../providers/provider.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { RequestContext } from "./request_context.ts";

/** One entry of `GET /v1/models` (OpenAI API reference, Models). */
interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  /** Unix seconds; the vendor's own date is not known, so it is when this configuration came into force. */
  readonly created: number;
  readonly "owned_by": string;
  /** Most input tokens and most output tokens, where an upstream told them; members that some tools read. */
  readonly "context_window"?: number;
  readonly "max_output_tokens"?: number;
}

/**
 * Answers `GET /v1/models` (`id` undefined) with what the tenant may use, or one of them. Throws `GatewayError`
 * `model_not_found` for a name that nothing here explains or that is not the tenant's.
 */
export function answerModels(context: RequestContext, tenant: Tenant, id: string | undefined): undefined {
  const { routes, builtMs } = context.generation;
  if (id !== undefined && (!tenant.allowsModel(id) || routes.resolve(id) === undefined)) {
    throw new GatewayError(
      "model_not_found",
      "The model does not exist here. GET /v1/models lists what you can use.",
      {
        param: "model",
      },
    );
  }
  const names = routes.names.filter((name) => tenant.allowsModel(name));
  const answer = id === undefined
    ? { object: "list", data: names.map((name) => entryOf(name, builtMs, routes.toldOf(name))) }
    : entryOf(id, builtMs, routes.toldOf(id));
  const body = new TextEncoder().encode(JSON.stringify(answer));
  context.exchange.head(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(body.length),
    "cache-control": "no-store",
    "x-request-id": context.id,
  });
  context.exchange.end(body);
}

function entryOf(id: string, createdMs: number, told: DiscoveredModel | undefined): ModelEntry {
  return {
    id,
    object: "model",
    created: Math.floor(createdMs / 1000),
    "owned_by": "tidegate",
    ...(told?.contextWindow === undefined ? {} : { "context_window": told.contextWindow }),
    ...(told?.maxOutputTokens === undefined ? {} : { "max_output_tokens": told.maxOutputTokens }),
  };
}
