import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a program that imports from src/; returns its exit code and what it printed. */
async function run(program: string): Promise<{ code: number; stdout: string }> {
  const file = Deno.makeTempFileSync({ suffix: ".ts", dir: dirname(fileURLToPath(import.meta.url)) });
  try {
    Deno.writeTextFileSync(file, program);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--config", join(ROOT, "deno.json"), "-A", file],
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  } finally {
    Deno.removeSync(file);
  }
}

const STRAY = `
Promise.reject(new Error("nobody looks"));
setTimeout(() => { throw new TypeError("nobody catches"); }, 0);
setTimeout(() => console.log("still here"), 50);
`;

Deno.test("a rejection nobody looks at and an error nobody catches are counted and logged, and the process lives", async () => {
  const { code, stdout } = await run(`
import { makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { guardProcess } from "../../../src/server/process/process_guards.ts";
const observer = memoryObserver();
guardProcess(makeLog(() => 0, (line) => console.log(line.level, (line.fields.fault as Error).message)), observer);
${STRAY}
setTimeout(() => console.log(observer.read("stray_faults", { kind: "rejection" }), observer.read("stray_faults", { kind: "error" })), 60);
`);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split("\n").sort(), [
    "1 1",
    "error nobody catches",
    "error nobody looks",
    "still here",
  ]);
});

Deno.test("without the guards, or once they are taken away, the same ends the process", async () => {
  const { code, stdout } = await run(`
import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { guardProcess } from "../../../src/server/process/process_guards.ts";
guardProcess(silentLog, memoryObserver())();
${STRAY}`);
  assert.equal(code, 1);
  assert.equal(stdout, "");
});
