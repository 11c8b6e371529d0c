import assert from "node:assert/strict";
import denoJson from "../deno.json" with { type: "json" };
import { serveFlags } from "../tools/serve_flags.ts";

const EXPECTED = [
  "--v8-flags=--no-memory-reducer,--no-allocation-site-pretenuring,--initial-heap-size=160",
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--deny-run",
  "--deny-ffi",
];

Deno.test("serving lists its permissions: no run, no ffi, no question", () => {
  assert.deepEqual(serveFlags(), EXPECTED);
  assert.deepEqual(serveFlags("deno run -A main.ts"), []);
});

Deno.test("the tasks that run the gateway share one list and take no code from hosts", () => {
  for (const task of ["start", "dev", "schema"] as const) {
    const words = denoJson.tasks[task].split(" ");
    assert.deepEqual(serveFlags(denoJson.tasks[task]), EXPECTED, task);
    assert(words.includes("--no-remote") && !words.includes("-A"), task);
  }
});

Deno.test("the container serves with the same permissions, and no shell stands between it and SIGTERM", async () => {
  const dockerfile = await Deno.readTextFile(new URL("../Dockerfile", import.meta.url));
  const entry: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]");
  assert.deepEqual(serveFlags(entry.join(" ")), EXPECTED);
  assert(entry[0] === "deno" && entry.includes("--no-remote"));
  assert.match(dockerfile, /^USER deno$/m);
});

/** Runs a line of code under the permissions of serving and tells what it printed. */
async function tryUnderServe(code: string): Promise<string> {
  const scriptPath = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(
      scriptPath,
      `try { ${code}; console.log("allowed"); } catch (e) { console.log(e.name); }`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...serveFlags(), "--no-config", scriptPath],
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(scriptPath);
  }
}

Deno.test("under the permissions of serving nothing can start a program, load a library or ask about the machine", async () => {
  assert.equal(await tryUnderServe('new Deno.Command("true").outputSync()'), "NotCapable");
  assert.equal(await tryUnderServe('Deno.dlopen("libc.so.6", {})'), "NotCapable");
  assert.equal(await tryUnderServe("Deno.hostname()"), "NotCapable");
  assert.equal(await tryUnderServe('Deno.env.get("HOME")'), "allowed");
});
