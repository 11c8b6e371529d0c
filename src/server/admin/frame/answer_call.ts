import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ERROR_STATUS, GatewayError } from "../../../core/errors.ts";
import type { HeaderFields } from "../../../core/exchange.ts";
import type { Redactor } from "../../../recording/redact.ts";
import { plainError } from "../../plain_error.ts";
import { type AdminRoute, isReply } from "../admin_route.ts";
import type { AuditLog } from "../audit/audit_log.ts";
import { readBody } from "./read_body.ts";
import { readQuery } from "./read_query.ts";
import { replyStream } from "./reply_body.ts";

/** What the listener tells the app of a connection. */
export interface ConnectionFacts {
  readonly remoteAddress: string;
}

/** A request of the admin API. */
export type AdminContext = Context<{ Bindings: ConnectionFacts }>;

/** What every route is answered with the help of. */
export interface AnswerParts {
  /** The client's address, by trusted proxies. */
  readonly clientAddress: (remoteAddress: string, headers: HeaderFields) => string;
  /** Takes secrets out of every answer. */
  readonly redactor: Redactor;
  readonly audit: AuditLog;
}

/** Of every answer in JSON. */
export const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/**
 * Reads, checks, handles, redacts, audits: one call of one route. A `GatewayError` becomes its answer; anything
 * else that is thrown is thrown on, after it is audited.
 */
export async function answerCall(c: AdminContext, route: AdminRoute, parts: AnswerParts): Promise<Response> {
  const address = addressOf(c, parts);
  const params = c.req.param();
  const audit = (status: number, code: string) => {
    if (!route.mutates) return;
    parts.audit.tell({ address, method: route.method, path: route.path, params, status, outcome: code });
  };
  try {
    const stream = c.req.raw.body ?? nothing();
    const query = readQuery(c.req.queries(), route.query);
    const { body: shape, maxBodyBytes } = route;
    const body = shape && await readBody(stream, shape, maxBodyBytes);
    const value = await route.handle({
      ...{ params, query, body, address },
      stream: route.streams === true ? stream : nothing(),
    });
    const response = told(c, value, route.reveals === true ? undefined : parts.redactor);
    audit(response.status, "ok");
    return response;
  } catch (thrown) {
    audit(
      thrown instanceof GatewayError ? thrown.status : ERROR_STATUS.internal_error,
      thrown instanceof GatewayError ? thrown.code : "internal_error",
    );
    if (!(thrown instanceof GatewayError)) throw thrown;
    return refused(c, thrown, parts.redactor);
  }
}

/** The answer that tells a refusal. */
export function refused(
  c: AdminContext,
  { code, message, status, detail }: GatewayError,
  redactor: Redactor,
  headers: Record<string, string> = {},
): Response {
  const wait = detail.retryAfterMs === undefined
    ? {}
    : { "retry-after": String(Math.min(60, Math.max(1, Math.ceil(detail.retryAfterMs / 1000)))) };
  return c.body(
    redactor.text(plainError(code, message, status, detail.param)),
    status as ContentfulStatusCode, // every status of ERROR_STATUS may have content
    { ...JSON_TYPE, ...wait, ...headers },
  );
}

/** The client's address, by trusted proxies. */
export function addressOf(c: AdminContext, { clientAddress }: Pick<AnswerParts, "clientAddress">): string {
  const headers: HeaderFields = Object.fromEntries(c.req.raw.headers);
  return clientAddress(c.env.remoteAddress, headers);
}

function told(c: AdminContext, value: unknown, redactor: Redactor | undefined): Response {
  const shown = (text: string) => redactor?.text(text) ?? text;
  if (!isReply(value)) return c.body(shown(JSON.stringify(value ?? {})), 200, JSON_TYPE);
  const status = (value.status ?? 200) as ContentfulStatusCode; // a reply has a body, so its status may have one
  const headers = { "content-type": value.contentType };
  if (typeof value.body === "string") return c.body(shown(value.body), status, headers);
  return c.body(replyStream(value.body, redactor), status, headers);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
