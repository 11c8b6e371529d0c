import assert from "node:assert/strict";
import { adminRoutes } from "../../../src/server/admin/admin_routes.ts";
import { adminAsker } from "../../support/ask_admin.ts";
import { adminRoomOfTest } from "../../support/open_admin.ts";
import { at } from "../../support/start_gateway.ts";

Deno.test("no route of the admin API is open without the token, also none that does not exist", async () => {
  const room = adminRoomOfTest();
  const ask = adminAsker({ ...room, clientAddress: () => crypto.randomUUID() });
  for (const { method, path } of [...adminRoutes(room), { method: "GET", path: "/admin/nothing" }]) {
    const answer = await ask(method, path, undefined, { authorization: "Bearer wrong" });
    assert.equal(answer.status, 401, path);
  }
});

Deno.test("an unknown query parameter is refused by name, and so is one given twice", async () => {
  const ask = adminAsker(adminRoomOfTest());
  const unknown = await ask("GET", "/admin/audit?limt=3");
  assert.equal(unknown.status, 400);
  assert.equal(at(unknown.json, "error.param"), "limt");
  assert.match(unknown.text, /limit, cursor/);
  const twice = await ask("GET", "/admin/audit?limit=3&limit=4");
  assert.equal(at(twice.json, "error.param"), "limit");
  const wrong = await ask("GET", "/admin/audit?limit=none");
  assert.equal(at(wrong.json, "error.param"), "limit");
  assert.equal((await ask("GET", "/admin/openapi.json?x=1")).status, 400);
});

Deno.test("a body that does not fit is refused with the member at fault", async () => {
  const ask = adminAsker(adminRoomOfTest());
  assert.equal(at((await ask("POST", "/admin/explain", { tenannt: "x" })).json, "error.param"), "tenannt");
  assert.equal(at((await ask("POST", "/admin/explain", { model: 3 })).json, "error.param"), "model");
  assert.equal(at((await ask("POST", "/admin/explain", "{")).json, "error.code"), "invalid_json");
  assert.equal((await ask("POST", "/admin/explain", `"${"x".repeat(70_000)}"`)).status, 413);
});

Deno.test("a path is told which methods it takes", async () => {
  const ask = adminAsker(adminRoomOfTest());
  const answer = await ask("DELETE", "/admin/audit");
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get("allow"), "GET, HEAD");
  assert.equal((await ask("GET", "/admin/nothing")).status, 404);
  assert.equal((await ask("GET", "/admin")).status, 404);
});
