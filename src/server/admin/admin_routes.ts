import type { Context, Hono, Next } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import { ERROR_STATUS, GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { ExplainQuestion, Explanation } from "../../gateway/explain.ts";
import { plainError } from "../plain_error.ts";
import type { AdminGuard } from "./admin_guard.ts";
import type { Jobs } from "../../operations/jobs/jobs.ts";
import type { KeyDesk } from "../../operations/keys/key_desk.ts";
import { type AdminRoute, defineAdminRoute } from "./admin_route.ts";
import { jobRoutes } from "./routes/job_routes.ts";
import { keyRoutes } from "./routes/key_routes.ts";

/** What the listener tells the app of a connection. */
export interface ConnectionFacts {
  readonly remoteAddress: string;
}

/** What the admin routes work with. */
export interface AdminRoom {
  readonly guard: AdminGuard;
  /** The client's address, by trusted proxies. */
  readonly clientAddress: (remoteAddress: string, headers: HeaderFields) => string;
  readonly explain: (question: ExplainQuestion) => Explanation;
  readonly desk: KeyDesk;
  readonly jobs: Jobs;
}

/** All routes, in the order of the OpenAPI document. */
function routesOf(room: AdminRoom): readonly AdminRoute[] {
  return [
    explainRoute(room.explain),
    ...keyRoutes(room.desk),
    ...jobRoutes(room),
  ];
}

/** Largest body of an admin request, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

const tokens = z.number().int().min(0).max(100_000_000).optional();

const explainQuestion = z.strictObject({
  model: z.string().max(500).optional(),
  tenant: z.string().max(500).optional(),
  method: z.string().max(16).optional(),
  path: z.string().max(2000).startsWith("/").optional(),
  inputTokens: tokens,
  outputTokens: tokens,
});

/** Adds `/admin/*` to the app: every route behind the guard, none before it. */
export function addAdminRoutes(app: Hono<{ Bindings: ConnectionFacts }>, room: AdminRoom): void {
  app.use("/admin/*", (c, next) => enter(c, next, room));
  for (const route of routesOf(room)) {
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), (c) => answer(c, route, room));
  }
}

function explainRoute(explain: AdminRoom["explain"]): AdminRoute {
  return defineAdminRoute({
    method: "POST",
    path: "/admin/explain",
    summary: "What would become of a request, and why. Changes nothing.",
    operationId: "explain",
    body: explainQuestion,
    answer: z.looseObject({ summary: z.string() }),
    mutates: false,
    handle: ({ body }) => explain(body),
  });
}

async function answer(
  c: Context<{ Bindings: ConnectionFacts }>,
  route: AdminRoute,
  { clientAddress }: AdminRoom,
): Promise<Response> {
  const body = route.body === undefined ? undefined : await readBody(c, route.body);
  if (body instanceof Response) return body;
  const query = route.query?.safeParse(c.req.query());
  if (query?.success === false) return refuse(c, "invalid_body", `query: ${query.error.issues[0]?.message}`);
  const headers: HeaderFields = Object.fromEntries(c.req.raw.headers);
  let value: unknown;
  try {
    value = await route.handle({
      params: c.req.param(),
      query: query?.data,
      body,
      stream: route.streams === true && c.req.raw.body !== null ? c.req.raw.body : nothing(),
      address: clientAddress(c.env.remoteAddress, headers),
    });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const status = error.status as ContentfulStatusCode; // every status of ERROR_STATUS may have content
    return c.body(plainError(error.code, error.message, status), status, JSON_TYPE);
  }
  return c.body(JSON.stringify(value ?? {}), 200, JSON_TYPE);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function enter(
  c: Context<{ Bindings: ConnectionFacts }>,
  next: Next,
  { guard, clientAddress }: AdminRoom,
): Promise<Response | void> {
  const headers: HeaderFields = Object.fromEntries(c.req.raw.headers);
  const refusal = guard.refusal({
    address: clientAddress(c.env.remoteAddress, headers),
    authorization: c.req.header("authorization"),
    fetchSite: c.req.header("sec-fetch-site"),
    origin: c.req.header("origin"),
  });
  if (refusal === undefined) return await next();
  return c.body(
    plainError(refusal.code, refusal.message, refusal.status),
    refusal.status as ContentfulStatusCode, // every status of ERROR_STATUS may have content
    refusal.status === ERROR_STATUS.rate_limited ? { ...JSON_TYPE, "retry-after": "60" } : JSON_TYPE,
  );
}

/** A JSON body of the wanted shape, or the answer that says what is wrong with it. */
async function readBody<T>(
  c: Context<{ Bindings: ConnectionFacts }>,
  shape: z.ZodType<T>,
): Promise<T | Response> {
  const text = await boundedText(c.req.raw);
  if (text === undefined) {
    return refuse(c, "request_too_large", `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch {
    return refuse(c, "invalid_json", "The body is not valid JSON.");
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return refuse(
    c,
    "invalid_body",
    `${where}${issue?.message ?? "The body has another shape than this route takes."}`,
  );
}

function refuse(
  c: Context<{ Bindings: ConnectionFacts }>,
  code: "request_too_large" | "invalid_json" | "invalid_body",
  message: string,
): Response {
  return c.body(plainError(code, message, ERROR_STATUS[code]), ERROR_STATUS[code], JSON_TYPE);
}

/** Counts bytes as they come, because an announced length can lie. */
async function boundedText(request: Request): Promise<string | undefined> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return await new Blob(chunks.map((chunk) => chunk.slice())).text();
}
