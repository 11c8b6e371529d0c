import type { z } from "zod";

/** What a route's handler is given. */
export interface AdminCall<Query, Body> {
  /** Values of the `{name}` places in the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** The body as it arrives, for a route whose `streams` is true. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** The client's address, by trusted proxies; for the audit. */
  readonly address: string;
}

/** What a handler answers with when plain JSON is not enough. */
export interface AdminReply {
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | AsyncIterable<Uint8Array>;
}

/**
 * One route of the admin API: how it is called, checked, documented (OpenAPI) and audited, all from this
 * declaration. What a handler throws as `GatewayError` is answered with its status and code.
 */
export interface AdminRoute<Query = unknown, Body = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/admin/pools/{pool}/endpoints`. */
  readonly path: string;
  /** One sentence. */
  readonly summary: string;
  /** Unique, lower camel case: `listEndpoints`. */
  readonly operationId: string;
  /** Query parameters, all of them strings on the wire. */
  readonly query?: z.ZodType<Query>;
  /** JSON body, at most {@link maxBodyBytes}. */
  readonly body?: z.ZodType<Body>;
  /** @default 65536 */
  readonly maxBodyBytes?: number;
  /** The body is not read before the handler: it gets `stream`, and checks and bounds it itself. */
  readonly streams?: boolean;
  /** What it answers with 200; undefined: a reply of another content type. */
  readonly answer?: z.ZodType;
  /** Content types of its replies, where it has others than JSON. */
  readonly replies?: readonly string[];
  /** Its answer tells a secret this one time, so it does not pass the redactor. */
  readonly reveals?: boolean;
  /** It changes something: it is audited with method, path, address and outcome, never with its body. */
  readonly mutates: boolean;
  handle(call: AdminCall<Query, Body>): unknown;
}

/** Whether a handler answers with a reply of its own making. */
export function isReply(value: unknown): value is AdminReply {
  return typeof value === "object" && value !== null && "contentType" in value && "body" in value &&
    typeof value.contentType === "string" &&
    (typeof value.body === "string" || (typeof value.body === "object" && value.body !== null));
}

/** Declares a route, so that its handler is checked against its shapes where it stands. */
export function defineAdminRoute<Query, Body>(route: AdminRoute<Query, Body>): AdminRoute {
  // The shapes are checked before the handler is called; only the list of all routes forgets them.
  return route as AdminRoute;
}
