import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import type { CliIo } from "../../src/cli/cli_io.ts";
import { run } from "../../src/cli/run.ts";

async function told(...args: string[]): Promise<{ code: number; out: string; talk: string }> {
  const said = { out: "", talk: "" };
  const io: CliIo = {
    stdout: (text) => void (said.out += text),
    stderr: (text) => void (said.talk += text),
    isTerminal: false,
    env: () => undefined,
  };
  return { code: await run(args, io), ...said };
}

Deno.test("help names every command, and is what no argument, --help and -h mean", async () => {
  const help = await told("help");
  assert.equal(help.code, 0);
  assert.equal(help.talk, "");
  for (const name of ["serve", "init", "check", "schema", "tenants", "records", "demo", "version", "help"]) {
    assert.match(help.out, new RegExp(`^  ${name} +\\w`, "m"), name);
  }
  for (const args of [[], ["--help"], ["-h"]]) assert.deepEqual(await told(...args), help);
});

Deno.test("every command but the plain ones explains itself with --help and exits 0", async () => {
  for (const name of ["serve", "init", "check", "tenants", "records", "demo"]) {
    const { code, out, talk } = await told(name, "--help");
    assert.equal(code, 0, name);
    assert.match(out, new RegExp(`tidegate ${name}`), name);
    assert.equal(talk, "", name);
  }
});

Deno.test("version is a line for people and one JSON object for programs", async () => {
  const plain = await told("version");
  assert.equal(plain.code, 0);
  assert.match(plain.out, new RegExp(`^tidegate ${RegExp.escape(denoJson.version)} \\(deno .+\\)\\n$`));
  assert.deepEqual(await told("--version"), plain);
  const { code, out } = await told("version", "--json");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), {
    version: denoJson.version,
    deno: Deno.version.deno,
    target: Deno.build.target,
  });
});

Deno.test("an unknown command is exit code 2, named, with where the right ones are", async () => {
  for (const name of ["frobnicate", "constructor", "__proto__", "--frobnicate"]) {
    const { code, out, talk } = await told(name);
    assert.equal(code, 2, name);
    assert.equal(out, "");
    assert.equal(talk, `tidegate: there is no command '${name}'. 'tidegate help' lists them.\n`);
  }
});
