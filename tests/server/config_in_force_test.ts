import assert from "node:assert/strict";
import type { Config } from "../../src/config/config.ts";
import { ConfigFileError, type LoadedFiles } from "../../src/config/files.ts";
import { loadConfig } from "../../src/config/load.ts";
import { type LogLine, makeLog } from "../../src/core/log.ts";
import { type Notice, Notices } from "../../src/core/notices.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { ConfigInForce, problemsOf } from "../../src/server/config_in_force.ts";
import type { Steps } from "../../src/core/time/steps.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

/** Reads a config that lies in `digest`; throws `ConfigError` with the digests, as reading a file does. */
function load(config: unknown, digest: string): LoadedFiles {
  const files = new Map([["/c.jsonc", digest]]);
  const text = typeof config === "string" ? config : JSON.stringify(config);
  try {
    const loaded = loadConfig({ text, file: "c.jsonc", env: () => undefined, readSecretFile: () => "" });
    return { ...loaded, text, files };
  } catch (error) {
    throw Object.assign(error instanceof Error ? error : new Error(), { files });
  }
}

/** {@link load} in steps. */
// deno-lint-ignore require-yield -- such a small config is read in one
function* loading(config: unknown, digest: string): Steps<LoadedFiles> {
  return load(config, digest);
}

/** Work is never so long here that it would have to give way. */
const rests = () => ({ isDue: false, rest: () => Promise.resolve() });

const poolNamed = (name: string) => ({
  name,
  provider: "openai_compatible",
  upstreams: ["http://10.0.0.1/v1"],
  keys: ["a-key-of-the-test-pool"],
});
const configOf = (name: string, more: object = {}) => ({ pools: [poolNamed(name)], ...more });

function inForce(apply: (config: Config) => Promise<void> = () => Promise.resolve()) {
  const lines: LogLine[] = [];
  const observer = memoryObserver();
  const runtime = fakeRuntime();
  const log = makeLog(() => 0, (line) => lines.push(line));
  const heard: Notice[] = [];
  const notices = new Notices();
  notices.subscribe((notice) => heard.push(notice));
  const config = new ConfigInForce(load(configOf("first"), "d1"), {
    ...{ runtime, log, observer, apply, rests },
    notices,
  });
  return { config, lines, observer, runtime, heard };
}

const poolOf = (config: ConfigInForce) => config.config.pools[0]?.name;

Deno.test("a good config is in force, told in the log by what changed, and clears the fault", async () => {
  const applied: (string | undefined)[] = [];
  const { config, lines, observer } = inForce((next) =>
    Promise.resolve(void applied.push(next.pools[0]?.name))
  );
  config.lost(["gone"]);
  await config.reload(() => loading(configOf("second"), "d2"));
  assert.deepEqual(applied, ["second"]);
  assert.equal(poolOf(config), "second");
  assert.equal(config.fault, undefined);
  assert.deepEqual([...config.files], [["/c.jsonc", "d2"]]);
  assert.equal(observer.read("config_reloads", { result: "applied" }), 1);
  const told = lines.find((line) => line.text === "Configuration reloaded");
  assert.deepEqual(told?.fields["changes"], ["pool second added", "pool first removed"]);
});

Deno.test("a bad config changes nothing but is the one whose files are watched", async () => {
  const { config, lines, observer, runtime, heard } = inForce(() => assert.fail("nothing is applied"));
  await config.reload(() => loading('{ "pols": 1 }', "d2"));
  assert.equal(poolOf(config), "first");
  assert.equal(config.fault?.timeMs, runtime.now());
  assert.match(config.fault?.problems[0] ?? "", /^c\.jsonc:1:3 {2}pols/);
  assert.deepEqual([...config.files], [["/c.jsonc", "d2"]]);
  assert.equal(observer.read("config_reloads", { result: "refused" }), 1);
  assert.equal(lines.filter((line) => line.level === "error").length, 1);
  assert.deepEqual(heard, [{ kind: "config_refused", problems: config.fault?.problems }]);
});

Deno.test("a config that cannot be built or read changes nothing either", async () => {
  const { config } = inForce(() => Promise.reject(new RangeError("two tenants share a key")));
  await config.reload(() => loading(configOf("second"), "d2"));
  assert.deepEqual([poolOf(config), config.fault?.problems], ["first", ["two tenants share a key"]]);
  await config.reload(() => {
    throw new ConfigFileError("c.jsonc does not exist");
  });
  assert.deepEqual([poolOf(config), config.fault?.problems], ["first", ["c.jsonc does not exist"]]);
});

Deno.test("a fault of ours is not told in its own words, which may hold anything", () => {
  assert.deepEqual(problemsOf(new TypeError("sk-secret is undefined")), [
    "The configuration could not be put in force by a fault of the gateway",
  ]);
});

Deno.test("members that need a start are named, and only what of them needs one", async () => {
  const { config, lines } = inForce();
  const waiting = () =>
    lines.filter((line) => line.text.includes("next start")).map((line) => line.fields["members"]);
  await config.reload(() => loading(configOf("first", { records: { bodies: "metadata" } }), "d2"));
  assert.deepEqual(waiting(), []);
  const more = {
    listen: "127.0.0.1:1",
    state: { store: "memory" },
    logs: { level: "debug" },
    records: { keepDays: 1 },
  };
  await config.reload(() => loading(configOf("first", more), "d3"));
  assert.deepEqual(waiting(), [["listen", "state", "logs", "records"]]);
});

Deno.test("warnings and missing secrets are told without a value", () => {
  const loaded = load(
    { pools: [{ provider: "openai", keys: ["env:NOT_SET", "a-key-of-the-test-pool"] }] },
    "d1",
  );
  const lines: LogLine[] = [];
  const log = makeLog(() => 0, (line) => lines.push(line));
  const parts = {
    ...{ runtime: fakeRuntime(), log, observer: memoryObserver(), notices: new Notices() },
    ...{ apply: () => Promise.resolve(), rests },
  };
  const config = new ConfigInForce(loaded, parts);
  assert.equal(config.missing.length, 1);
  config.tellShortcomings();
  assert.ok(lines.some(({ level, text }) => level === "warn" && text.startsWith("A secret is missing")));
  assert.ok(
    JSON.stringify(lines).includes("NOT_SET") && !JSON.stringify(lines).includes("a-key-of-the-test"),
  );
});
