import type { Hono } from "hono";
import { GatewayError } from "../../core/errors.ts";
import type { AdminGuard } from "./admin_guard.ts";
import type { AdminRoute } from "./admin_route.ts";
import {
  addressOf,
  type AdminContext,
  answerCall,
  type AnswerParts,
  type ConnectionFacts,
  refused,
} from "./frame/answer_call.ts";
import { auditRoutes, type AuditRoutesParts } from "./routes/audit_routes.ts";
import { configRoutes, type ConfigRoutesParts } from "./routes/config_routes.ts";
import { endpointRoutes } from "./routes/endpoint_routes.ts";
import { jobRoutes } from "./routes/keys/job_routes.ts";
import { keyRoutes } from "./routes/keys/key_routes.ts";
import { explainRoutes } from "./routes/explain_routes.ts";
import { type LimitParts, limitRoutes } from "./routes/limit_routes.ts";
import { openApiRoutes } from "./routes/openapi_routes.ts";
import { poolRoutes, type PoolRoutesParts } from "./routes/pool_routes.ts";
import { recordRoutes, type RecordRoutesParts } from "./routes/record_routes.ts";
import { requestRoutes, type RequestRoutesParts } from "./routes/request_routes.ts";
import { statusRoutes, type StatusRoutesParts } from "./routes/status_routes.ts";
import type { ExplainQuestion, Explanation } from "../../gateway/explain.ts";
import type { Jobs } from "../../operations/jobs/jobs.ts";
import type { KeyDesk } from "../../operations/keys/key_desk.ts";
import type { TenantDesk } from "../../operations/tenants/tenant_desk.ts";
import { tenantRoutes } from "./routes/tenant_routes.ts";
import { type UsageParts, usageRoutes } from "./routes/usage_routes.ts";

/** What the admin routes work with. */
export interface AdminRoom
  extends
    AnswerParts,
    StatusRoutesParts,
    PoolRoutesParts,
    RequestRoutesParts,
    ConfigRoutesParts,
    RecordRoutesParts,
    AuditRoutesParts {
  readonly guard: AdminGuard;
  readonly explain: (question: ExplainQuestion) => Explanation;
  readonly limits: LimitParts;
  readonly tenants: Pick<TenantDesk, keyof TenantDesk>;
  readonly usage: UsageParts;
  readonly keyDesk: KeyDesk;
  readonly jobs: Jobs;
}

/** All routes, in the order of the OpenAPI document. */
function routesOf(room: AdminRoom): readonly AdminRoute[] {
  return [
    ...statusRoutes(room),
    ...explainRoutes(room.explain),
    ...poolRoutes(room),
    ...endpointRoutes(room),
    ...requestRoutes(room),
    ...configRoutes(room),
    ...recordRoutes(room),
    ...auditRoutes(room),
    ...tenantRoutes(room.tenants),
    ...usageRoutes(room.usage),
    ...limitRoutes(room.limits),
    ...keyRoutes(room.keyDesk),
    ...jobRoutes(room),
  ];
}

/** Every route of the admin API, its own document included. */
export function adminRoutes(room: AdminRoom): readonly AdminRoute[] {
  const routes = routesOf(room);
  return [...routes, ...openApiRoutes(routes, room.version)];
}

/** Adds `/admin/*` to the app: every route behind the guard, none before it. */
export function addAdminRoutes(app: Hono<{ Bindings: ConnectionFacts }>, room: AdminRoom): void {
  const routes = adminRoutes(room);
  app.use("/admin/*", async (c, next) => refusalOf(c, room) ?? await next());
  for (const route of routes) {
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), (c) => answerCall(c, route, room));
  }
  const shapes = routes.map(({ method, path }) => ({ method, path: pathShape(path) }));
  app.all("/admin/*", (c) => {
    const there = shapes.filter(({ path }) => path.test(c.req.path)).map(({ method }) => method);
    if (there.length === 0) {
      const text = "There is nothing at this path; /admin/openapi.json lists all.";
      return refused(c, new GatewayError("not_found", text), room.redactor);
    }
    const allow = [...new Set(there.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]))];
    const text = `This path takes ${allow.join(", ")}.`;
    return refused(c, new GatewayError("method_not_allowed", text), room.redactor, {
      allow: allow.join(", "),
    });
  });
}

/** Matches what a path template stands for. */
function pathShape(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}

function refusalOf(c: AdminContext, room: AdminRoom): Response | undefined {
  const refusal = room.guard.refusal({
    address: addressOf(c, room),
    authorization: c.req.header("authorization"),
    fetchSite: c.req.header("sec-fetch-site"),
    origin: c.req.header("origin"),
  });
  if (refusal === undefined) return undefined;
  const { code, message, retryAfterMs } = refusal;
  const error = new GatewayError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
  return refused(c, error, room.redactor);
}
