import { type Runtime, sleep } from "../../core/runtime.ts";
import { systemRuntime } from "../../core/time/system_runtime.ts";
import type { JobView } from "../../operations/jobs/jobs.ts";
import type { KeyTestResult } from "../../operations/keys/testing/key_test.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { type GatewayPlace, sendAdmin } from "../explain/gateway_client.ts";

/** How often progress is asked for, in milliseconds. */
const ASK_MS = 500;

/** Starts a key test, follows it to its end and tells what it found; exits 3 when a key did not pass. */
export async function testKeys(
  { place, wish, values, io }: {
    readonly place: GatewayPlace;
    readonly wish: unknown;
    readonly values: { readonly json?: boolean | undefined };
    readonly io: CliIo;
  },
): Promise<number> {
  const forPeople = io.isTerminal && values.json !== true;
  const runtime: Runtime = systemRuntime();
  // The gateway answers in the shape it shares with us.
  let job = await sendAdmin(place, "POST", "/admin/jobs/key-test", JSON.stringify(wish)) as JobView;
  while (job.endedAtMs === null) {
    await sleep(runtime, ASK_MS);
    job = await sendAdmin(place, "GET", `/admin/jobs/${job.id}`) as JobView; // the same
    if (forPeople) io.stderr(`\r${progressOf(job)}`);
  }
  if (forPeople) io.stderr("\n");
  const result = job.result as KeyTestResult; // a key test's result is of this shape
  const { ok = 0, ...others } = result.byClass;
  if (!forPeople) io.stdout(`${JSON.stringify(job)}\n`);
  else {
    const failed = Object.entries(others).map(([name, count]) => `, ${count} ${name}`).join("");
    io.stdout(`${job.state}: ${ok} of ${job.done} pass${failed}\n`);
    for (const { key, class: name, reason } of result.failed) io.stdout(`  ${key}  ${name} (${reason})\n`);
    if (result.marked > 0) io.stdout(`${result.marked} were marked invalid\n`);
    if (result.withheld > 0) {
      io.stdout(
        `${result.withheld} were refused by an upstream that passed none: it may be at fault itself, they are not marked\n`,
      );
    }
  }
  return job.state === "done" && Object.keys(others).length === 0 ? EXIT.ok : EXIT.testFailed;
}

function progressOf({ state, done, total, remainingMs }: JobView): string {
  const left = remainingMs === null ? "" : `, ${Math.ceil(remainingMs / 1_000)} s to go`;
  return `${state}: ${done} of ${total}${left}`.padEnd(60);
}
