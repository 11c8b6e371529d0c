import { ERROR_STATUS } from "../../../core/errors.ts";
import type { AdminRoute } from "../admin_route.ts";
import { schemaOf } from "./shape_members.ts";

/** The place of a path parameter in a template. */
const PLACE = /\{(\w+)\}/g;

const ERROR = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "param", "code"],
      properties: {
        message: { type: "string", description: "What happened and what to do." },
        type: { type: "string", enum: ["invalid_request_error", "server_error"] },
        param: { type: ["string", "null"], description: "The parameter or member at fault." },
        code: { type: "string", enum: Object.keys(ERROR_STATUS) },
      },
    },
  },
};

/** Statuses that every route can answer with, and what they mean. */
const REFUSALS = {
  400: "The query or the body does not fit; `param` names the member.",
  401: "The admin token is missing or wrong.",
  403: "A page of another site asked.",
  404: "There is no such object.",
  413: "The body is larger than this route takes.",
  429: "Too many wrong tokens from this address.",
};

/** The OpenAPI 3.1 document of these routes (https://spec.openapis.org/oas/v3.1.1). */
export function openApiDocument(routes: readonly AdminRoute[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tidegate admin API",
      version,
      description:
        "Send `Authorization: Bearer TOKEN` with the content of `admin.token` in the data directory.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ adminToken: [] }],
    paths,
    components: {
      securitySchemes: { adminToken: { type: "http", scheme: "bearer" } },
      schemas: { Error: ERROR },
      responses: {
        Error: {
          description: "What is wrong.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
    },
  };
}

function operation(route: AdminRoute): Record<string, unknown> {
  const refusals = Object.entries(REFUSALS).map(([status, description]) => [
    status,
    { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } },
  ]);
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.path.split("/")[2] ?? "admin"],
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...requestBody(route),
    responses: {
      200: { description: "Done.", content: answers(route) },
      ...Object.fromEntries(refusals),
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function pathParameters({ path }: AdminRoute): unknown[] {
  return [...path.matchAll(PLACE)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", minLength: 1 },
  }));
}

function queryParameters({ query }: AdminRoute): unknown[] {
  if (query === undefined) return [];
  const { properties = {} } = schemaOf(query, "output");
  const { required = [] } = schemaOf(query, "input");
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(typeof schema.description === "string" ? { description: schema.description } : {}),
    schema,
  }));
}

function requestBody({ body, streams }: AdminRoute): Record<string, unknown> {
  if (body !== undefined) {
    const schema = schemaOf(body, "input");
    const required = (schema.required ?? []).length > 0;
    return { requestBody: { required, content: { "application/json": { schema } } } };
  }
  if (streams !== true) return {};
  return { requestBody: { required: true, content: { "application/octet-stream": { schema: {} } } } };
}

function answers({ answer, replies = [] }: AdminRoute): Record<string, unknown> {
  const types: [string, unknown][] = replies.map((type) => [type, { schema: { type: "string" } }]);
  if (answer !== undefined) types.push(["application/json", { schema: schemaOf(answer, "output") }]);
  return Object.fromEntries(types.length > 0 ? types : [["application/octet-stream", { schema: {} }]]);
}
