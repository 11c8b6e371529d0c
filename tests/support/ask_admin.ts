import { Hono } from "hono";
import { addAdminRoutes, type AdminRoom } from "../../src/server/admin/admin_routes.ts";
import type { ConnectionFacts } from "../../src/server/admin/frame/answer_call.ts";
import { ADMIN_TOKEN } from "./open_admin.ts";

/** An answer of the admin API, read to its end. */
export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed JSON; undefined where it is none. */
  readonly json: unknown;
}

/** Makes what asks an admin API without a socket: as the operator, unless `headers` say otherwise. */
export function adminAsker(
  room: AdminRoom,
): (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<AdminAnswer> {
  const app = new Hono<{ Bindings: ConnectionFacts }>();
  addAdminRoutes(app, room);
  return async (method, path, body, headers = {}) => {
    const init = body === undefined
      ? { method }
      : { method, body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await app.request(
      path,
      { ...init, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } },
      { remoteAddress: "10.0.0.9" },
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
