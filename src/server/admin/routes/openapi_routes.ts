import { z } from "zod";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";
import { openApiDocument } from "../frame/openapi.ts";

/** The document of all routes, itself included; made when it is first asked for. */
export function openApiRoutes(others: readonly AdminRoute[], version: string): AdminRoute[] {
  let document: unknown;
  const own: AdminRoute = defineAdminRoute({
    method: "GET",
    path: "/admin/openapi.json",
    summary: "This API as an OpenAPI 3.1 document.",
    operationId: "readOpenApi",
    answer: z.looseObject({ openapi: z.string() }),
    mutates: false,
    handle: () => document ??= openApiDocument([...others, own], version),
  });
  return [own];
}
