import { GatewayError } from "../../core/errors.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import type { Dialect } from "../facts/dialect.ts";
import type { RequestContext } from "../request_context.ts";
import type { RoutePlan } from "../routing/route_table.ts";
import { sendJson } from "./send_json.ts";

/** What is told of a model. */
export interface ListedModel {
  readonly id: string;
  /** Wall clock; the vendor's own date is not known, so it is when this configuration came into force. */
  readonly createdMs: number;
  /** Most input tokens, and most tokens of an answer, where its vendor tells. */
  readonly contextWindow?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** A vendor's spelling of a list of models, and of one. */
interface ListShape {
  list(models: readonly ListedModel[]): unknown;
  one(model: ListedModel): unknown;
}

/** OpenAI API reference, Models; the two limits are what many clients of compatible servers look for. */
const OPENAI_SHAPE: ListShape = {
  list: (models) => ({ object: "list", data: models.map(OPENAI_SHAPE.one) }),
  one: ({ id, createdMs, contextWindow, maxOutputTokens }) => ({
    id,
    object: "model",
    created: Math.floor(createdMs / 1000),
    ["owned_by"]: "tidegate",
    ["context_window"]: contextWindow,
    ["max_output_tokens"]: maxOutputTokens,
  }),
};

/** Claude API reference, Models. */
const ANTHROPIC_SHAPE: ListShape = {
  list: (models) => ({
    data: models.map(ANTHROPIC_SHAPE.one),
    ["has_more"]: false,
    ["first_id"]: models[0]?.id ?? null,
    ["last_id"]: models.at(-1)?.id ?? null,
  }),
  one: ({ id, createdMs, contextWindow, maxOutputTokens }) => ({
    type: "model",
    id,
    ["display_name"]: id,
    ["created_at"]: utcTime(createdMs),
    ["max_input_tokens"]: contextWindow,
    ["max_tokens"]: maxOutputTokens,
  }),
};

/** Gemini API reference, Models. */
const GEMINI_SHAPE: ListShape = {
  list: (models) => ({ models: models.map(GEMINI_SHAPE.one) }),
  one: ({ id, contextWindow, maxOutputTokens }) => ({
    name: `models/${id}`,
    displayName: id,
    inputTokenLimit: contextWindow,
    outputTokenLimit: maxOutputTokens,
    supportedGenerationMethods: ["generateContent", "countTokens", "embedContent"],
  }),
};

const SHAPES: Readonly<Record<Dialect, ListShape>> = {
  openai: OPENAI_SHAPE,
  azure: OPENAI_SHAPE,
  anthropic: ANTHROPIC_SHAPE,
  gemini: GEMINI_SHAPE,
};

function isNowhere(plan: RoutePlan | undefined): boolean {
  return plan === undefined || plan.forbidden === true;
}

/**
 * Answers a list of models (`id` undefined) with what the tenant may use, or one of them, as the dialect's vendor
 * spells it. Throws `GatewayError` `model_not_found` for a name that nothing here explains or that is not the
 * tenant's.
 */
export function answerModels(
  context: RequestContext,
  tenant: Tenant,
  { id, dialect }: { readonly id: string | undefined; readonly dialect: Dialect },
): undefined {
  const { tenantRoutes, builtMs } = context.generation;
  const routes = tenantRoutes.of(tenant.name);
  if (id !== undefined && (!tenant.allowsModel(id) || isNowhere(routes.resolve(id)))) {
    throw new GatewayError(
      "model_not_found",
      "The model does not exist here. GET /v1/models lists what you can use.",
      { param: "model" },
    );
  }
  const shape = SHAPES[dialect];
  const told = (name: string): ListedModel => {
    const { contextWindow, maxOutputTokens } = routes.toldOf(name) ?? {};
    return { id: name, createdMs: builtMs, contextWindow, maxOutputTokens };
  };
  const names = routes.names.filter((name) => tenant.allowsModel(name));
  const answer = id === undefined ? shape.list(names.map(told)) : shape.one(told(id));
  sendJson(context, answer);
}
