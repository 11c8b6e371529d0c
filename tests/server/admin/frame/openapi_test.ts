import assert from "node:assert/strict";
import { adminRoutes } from "../../../../src/server/admin/admin_routes.ts";
import { adminAsker } from "../../../support/ask_admin.ts";
import { adminRoomOfTest } from "../../../support/open_admin.ts";
import { at } from "../../../support/start_gateway.ts";

Deno.test("the OpenAPI document names every route, and no other", async () => {
  const room = adminRoomOfTest();
  const { json } = await adminAsker(room)("GET", "/admin/openapi.json");
  const told: string[] = [];
  for (const [path, methods] of Object.entries(Object(at(json, "paths")))) {
    for (const method of Object.keys(Object(methods))) told.push(`${method.toUpperCase()} ${path}`);
  }
  assert.deepEqual(told.sort(), adminRoutes(room).map(({ method, path }) => `${method} ${path}`).sort());
});

Deno.test("every operation has an id of its own, a summary, its path's parameters and an answer", async () => {
  const { json } = await adminAsker(adminRoomOfTest())("GET", "/admin/openapi.json");
  const ids: unknown[] = [];
  for (const [path, methods] of Object.entries(Object(at(json, "paths")))) {
    for (const operation of Object.values(Object(methods))) {
      ids.push(at(operation, "operationId"));
      assert.match(String(at(operation, "operationId")), /^[a-z][A-Za-z]+$/);
      assert.match(String(at(operation, "summary")), /^[A-Z][^]*\.$/, path);
      const named = (at(operation, "parameters") as { in: string; name: string }[]) // an array by OpenAPI
        .filter((parameter) => parameter.in === "path").map(({ name }) => name);
      assert.deepEqual(named, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      assert(Object.keys(Object(at(operation, "responses.200.content"))).length > 0, path);
    }
  }
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(at(json, "openapi"), "3.1.0");
  assert.equal(at(json, "components.securitySchemes.adminToken.scheme"), "bearer");
});
