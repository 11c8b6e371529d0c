import { run } from "./src/cli/run.ts";

const encoder = new TextEncoder();

/** Writes all of it before the process may exit; a reader that went away (`| head`) ends the talk quietly. */
function writeAll(target: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += target.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

if (import.meta.main) {
  Deno.exit(
    await run(Deno.args, {
      stdout: (text) => writeAll(Deno.stdout, text),
      stderr: (text) => writeAll(Deno.stderr, text),
      isTerminal: Deno.stdout.isTerminal(),
      env: (name) => Deno.env.get(name),
    }),
  );
}
