import assert from "node:assert/strict";
import denoJson from "../deno.json" with { type: "json" };
import { EXIT } from "../src/cli/exit_codes.ts";
import { serveFlags } from "../tools/serve_flags.ts";
import { smoke } from "../tools/smoke.ts";

const root = new URL("../", import.meta.url);

/** The machine's environment without what would steer a build. */
function buildEnvironment(extra: Record<string, string>): Record<string, string> {
  const { DENORT_BIN: _, ...rest } = Deno.env.toObject();
  return { ...rest, NO_COLOR: "1", ...extra };
}

async function deno(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; talk: string }> {
  const output = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, env, clearEnv: true })
    .output();
  const decoder = new TextDecoder();
  return { code: output.code, talk: decoder.decode(output.stdout) + decoder.decode(output.stderr) };
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** More than all sources that are embedded, packages included: 16 MiB are. */
const EMBEDDED_BYTES = 64 * 1024 * 1024;

/** The description that `deno compile` appends to the runtime; the end of the file holds it, before the sources. */
function embeddedMetadata(executable: Uint8Array): Record<string, unknown> {
  const tail = new TextDecoder("latin1").decode(executable.subarray(-EMBEDDED_BYTES));
  const begin = tail.lastIndexOf('{"argv":');
  assert(begin >= 0, "the executable carries no description");
  return JSON.parse(tail.slice(begin, endOfObject(tail, begin)));
}

/** Where the JSON object that begins at `begin` is over; other bytes follow it without a mark. */
function endOfObject(text: string, begin: number): number {
  const string = /"(?:[^"\\]|\\.)*"/y;
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    if (text[at] === '"') {
      string.lastIndex = at;
      at += (string.exec(text)?.[0].length ?? 1) - 1;
    } else if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at + 1;
  }
  return text.length;
}

// The slim runtime is a download of its own. The full runtime put in its place makes a file that does not start as an
// app, but everything `deno compile` decides (graph, types, permissions, features) is in it and is checked here; a
// release starts the real ones.
Deno.test("the executable carries the permissions of serving, the KV feature, the version and only our files", async () => {
  await withFolder(async (folder) => {
    const { code, talk } = await deno(
      ["run", "-A", "tools/compile.ts", "--out", folder],
      buildEnvironment({ DENORT_BIN: Deno.execPath() }),
    );
    assert.equal(code, EXIT.ok, talk);
    for (const file of ["main.ts", "src", "deno.json"]) {
      assert(talk.includes(file), `${file} is not embedded:\n${talk}`);
    }
    for (const foreign of ["openai", "fast-check", "tests", "tools", "data/"]) {
      assert(!new RegExp(`── ${foreign}\\b`).test(talk), `${foreign} is embedded:\n${talk}`);
    }
    const name = Deno.build.os === "windows" ? "tidegate.exe" : "tidegate";
    const metadata = embeddedMetadata(await Deno.readFile(`${folder}/${name}`));
    const permissions = metadata["permissions"] as Record<string, unknown>;
    const lists = Object.entries(permissions).filter(([list, value]) =>
      Array.isArray(value) && list !== "allow_import"
    );
    assert.deepEqual(
      lists.map(([list, value]) => [list, value]).sort(),
      [["allow_env", []], ["allow_net", []], ["allow_read", []], ["allow_write", []], ["deny_ffi", []], [
        "deny_run",
        [],
      ]],
    );
    assert.equal(permissions["prompt"], false);
    assert.equal(metadata["entrypoint_key"], "main.ts");
    assert.equal(metadata["app_name"], "tidegate");
    assert.equal(metadata["app_version"], denoJson.version);
    assert.deepEqual((metadata["unstable_config"] as { features: string[] }).features, denoJson.unstable);
  });
});

Deno.test("where the slim runtime cannot be had, one line says so", async () => {
  await withFolder(async (folder) => {
    const { code, talk } = await deno(
      ["run", "-A", "tools/compile.ts", "--out", folder],
      // A proxy that refuses every connection stands for a machine without a way out.
      buildEnvironment({
        DENO_DIR: await warmedCacheWithoutRuntimes(folder),
        HTTPS_PROXY: "http://127.0.0.1:9",
      }),
    );
    assert.equal(code, EXIT.unreachable, talk);
    assert.match(
      talk,
      /^Cannot build .*tidegate: Deno's slim runtime for this machine could not be downloaded; .*\n$/,
    );
  });
});

/** A cache with our packages and without slim runtimes: the usual one by symbolic links. */
async function warmedCacheWithoutRuntimes(folder: string): Promise<string> {
  const { talk } = await deno(["info", "--json"], buildEnvironment({}));
  const { npmCache } = JSON.parse(talk) as { npmCache: string };
  const cacheDir = `${folder}/cache`;
  await Deno.mkdir(cacheDir);
  await Deno.symlink(npmCache, `${cacheDir}/npm`);
  return cacheDir;
}

Deno.test("a wrong argument of the build is named, with the right ones", async () => {
  const { code, talk } = await deno(
    ["run", "-A", "tools/compile.ts", "--target", "amiga"],
    buildEnvironment({}),
  );
  assert.equal(code, EXIT.usage);
  assert.match(talk, /^Cannot use '--target': .*x86_64-unknown-linux-gnu.*\n$/);
});

// Stands in for the executable: one file, no packages, no config, no network but loopback.
Deno.test("bundled into one file the gateway starts, streams and stops with an empty cache and no way out", async () => {
  await withFolder(async (folder) => {
    const bundle = await deno(
      ["bundle", "--minify", "--output", `${folder}/app.js`, "main.ts"],
      buildEnvironment({}),
    );
    assert.equal(bundle.code, 0, bundle.talk);
    const cacheDir = `${folder}/cache`;
    const permissions = serveFlags().map((flag) => flag === "--allow-net" ? "--allow-net=127.0.0.1" : flag);
    const offline = ["--no-config", "--no-remote", "--no-npm", "--no-lock", "--unstable-kv"];
    const { answer, exitCode } = await smoke(
      [Deno.execPath(), "run", ...permissions, ...offline, `${folder}/app.js`],
      { DENO_DIR: cacheDir, NO_COLOR: "1" },
    );
    assert.match(answer, /^data: \{/);
    assert.equal(exitCode, EXIT.ok);
    // What the runtime compiled may be kept; nothing may have been fetched.
    const fetched = listFiles(cacheDir).filter((path) => /^(npm|remote|deps|registries|dl)\//.test(path));
    assert.deepEqual(fetched, []);
  });
});

function listFiles(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    return entry.isDirectory ? listFiles(`${folder}/${entry.name}`, `${path}/`) : [path];
  });
}
