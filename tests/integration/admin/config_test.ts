import assert from "node:assert/strict";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { rawSocket } from "../../support/sockets/raw_socket.ts";
import { at, startGateway } from "../../support/start_gateway.ts";

const text = (models: string, more = "") =>
  `{
  // a note with sk-commented-000000
  "pools": [
    { "name": "a", "provider": "openai_compatible", "upstreams": ["http://127.0.0.1:9/v1"],
      "keys": ["sk-literal-key-00000"], "models": [${models}] }
  ]${more}
}
`;

Deno.test("the config is shown with every line in its place, without secrets and comments", async () => {
  await using gateway = await startGateway({ config: text('"m"'), asFile: true });
  const { json } = await askGatewayAdmin(gateway, "/admin/config");
  assert.deepEqual([at(json, "generation"), at(json, "upToDate"), at(json, "file")], [
    1,
    true,
    gateway.configFile,
  ]);
  const lines = String(at(json, "text")).split("\n");
  assert.equal(lines.length, text('"m"').split("\n").length);
  assert.match(
    lines[3] ?? "",
    /"provider": "openai_compatible", "upstreams": \["http:\/\/127.0.0.1:9\/v1"\]/,
  );
  assert.match(lines[4] ?? "", /"keys": \["\*\*\*"\]|"keys": \[\*\*\*\]/);
  assert.doesNotMatch(lines.join(""), /sk-|note/);
});

Deno.test("a text is checked with line and column and what it would change, and nothing changes", async () => {
  await using gateway = await startGateway({ config: text('"m"'), asFile: true });
  const bad = await askGatewayAdmin(gateway, "/admin/config/check", { text: text('"m"', ',\n  "pols": []') });
  assert.equal(bad.status, 200);
  assert.deepEqual([at(bad.json, "valid"), at(bad.json, "count"), at(bad.json, "problems.0.line")], [
    false,
    1,
    7,
  ]);
  const good = await askGatewayAdmin(gateway, "/admin/config/check", { text: text('"m", "n"') });
  assert.deepEqual([at(good.json, "valid"), at(good.json, "changes.length")], [true, 1]);
  assert.doesNotMatch(JSON.stringify([bad, good]), /sk-/);
  assert.equal(gateway.server.gateway.generation.number, 1);
});

Deno.test("the check reads no file but those beside the config's own", async () => {
  await using gateway = await startGateway({ config: text('"m"'), asFile: true });
  const other = await Deno.makeTempFile();
  await Deno.writeTextFile(other, "sk-somebody-elses-0000\n");
  const wanted = text('"m"').replace("sk-literal-key-00000", `file:${other}`);
  const { json } = await askGatewayAdmin(gateway, "/admin/config/check", { text: wanted });
  await Deno.remove(other);
  assert.equal(at(json, "missing.length"), 1);
});

Deno.test("reloading tells what changed, or why nothing did", async () => {
  await using gateway = await startGateway({ config: text('"m"'), asFile: true });
  await Deno.writeTextFile(gateway.configFile, text('"m", "n"'));
  const good = await askGatewayAdmin(gateway, "/admin/reload", {});
  assert.equal(at(good.json, "applied"), true);
  assert.equal(gateway.server.gateway.generation.config.pools[0]?.models.length, 2);
  await Deno.writeTextFile(gateway.configFile, text('"m"', ', "pols": []'));
  const bad = await askGatewayAdmin(gateway, "/admin/reload", {});
  assert.equal(at(bad.json, "applied"), false);
  assert.match(String(at(bad.json, "problems.0")), /:6:\d+ {2}pols/);
  const audit = await askGatewayAdmin(gateway, "/admin/audit?limit=1");
  assert.deepEqual([at(audit.json, "entries.0.path"), at(audit.json, "entries.0.outcome")], [
    "/admin/reload",
    "ok",
  ]);
});

Deno.test("every value in force is told with where it comes from", async () => {
  await using gateway = await startGateway({ config: text('"m"') });
  const { json } = await askGatewayAdmin(gateway, "/admin/config/effective?scope=pool%20a");
  const values = at(json, "values") as { scope: string; name: string; source: string; line: number | null }[]; // its shape
  assert.deepEqual([...new Set(values.map(({ scope }) => scope))], ["pool a"]);
  const models = values.find(({ name }) => name === "models");
  assert.deepEqual([models?.source, models?.line], ["pools[0].models", 5]);
});

Deno.test("the admin API can have an address of its own, and then the gateway's knows nothing of it", async () => {
  await using gateway = await startGateway({
    config: { pools: [], admin: { listen: "127.0.0.1:0" } },
  });
  const headers = { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` };
  const here = await fetch(`${gateway.url}/admin/status`, { headers });
  assert.equal(here.status, 404);
  await here.body?.cancel();
  const port = gateway.server.adminAddress?.port;
  const apart = await fetch(`http://127.0.0.1:${port}/admin/status`, { headers });
  assert.equal(at(await apart.json(), "readiness.generation"), 1);
  const plane = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers });
  assert.equal(plane.status, 404);
  await plane.body?.cancel();
  const path = "/v1/realtime?model=m";
  const socket = await rawSocket(`http://127.0.0.1:${port}`, {
    path,
    headers: { authorization: `Bearer ${gateway.key}` },
  });
  assert.match(socket.head, /^HTTP\/1\.1 426 /, "no WebSockets either");
  socket.socket.destroy();
});

Deno.test("the admin API can be switched off", async () => {
  await using gateway = await startGateway({ config: { pools: [], admin: { enabled: false } } });
  assert.equal((await askGatewayAdmin(gateway, "/admin/status")).status, 404);
});
