import assert from "node:assert/strict";
import { effectiveValues } from "../../../src/config/effective.ts";
import { diffConfigs } from "../../../src/config/diff.ts";
import { loadText, problemsOf } from "../load_text.ts";

const metricsOf = (text: string, env: Readonly<Record<string, string>> = {}) =>
  loadText(text, { env }).config.metrics;

Deno.test("metrics: on for near addresses where the config says nothing", () => {
  assert.deepEqual(metricsOf("{}"), { enabled: true, listen: undefined, tokens: undefined });
});

Deno.test("metrics: an address of its own and a token are taken; a missing token is asked for all the same", () => {
  const text = '{ "metrics": { "listen": "[::1]:9283", "token": "env:READ" } }';
  const { listen, tokens } = metricsOf(text, { READ: "read-me-0001" });
  assert.deepEqual(listen, { host: "::1", port: 9283 });
  assert.deepEqual(tokens?.map((token) => token.reveal()), ["read-me-0001"]);
  const loaded = loadText(text);
  assert.deepEqual(loaded.config.metrics.tokens, []);
  assert.equal(loaded.missing[0]?.path, "metrics.token");
});

Deno.test("metrics: what is wrong is told with its place, all of it, and no token is repeated", () => {
  const problems = problemsOf('{ "metrics": { "listen": "9283", "token": "a b", "port": 1 } }');
  assert.equal(problems.length, 3);
  assert.match(problems.join("\n"), /metrics\.listen: must be "HOST:PORT"[^]*white space[^]*unknown member/);
  assert.doesNotMatch(problems.join("\n"), /a b/);
});

Deno.test("metrics: check --effective tells them with their source, and no token", () => {
  const loaded = loadText('{\n"metrics": { "enabled": false, "token": "read-me-0001" } }');
  const values = effectiveValues(loaded).filter(({ name }) => name.startsWith("metrics."));
  assert.deepEqual(values.map(({ name, value, line }) => [name, value, line]), [
    ["metrics.enabled", "false", 2],
    ["metrics.listen", "as listen", undefined],
    ["metrics.token", "asked of everybody", 2],
  ]);
});

Deno.test("metrics: a changed token is told without it", () => {
  const before = loadText('{ "metrics": { "token": "read-me-0001" } }').config;
  const after = loadText('{ "metrics": { "token": "read-me-0002", "enabled": false } }').config;
  assert.deepEqual(diffConfigs(before, after), ["metrics.token: keys +1 −1", "metrics.enabled true → false"]);
});
