import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import { silentLog } from "../../../src/core/log.ts";
import {
  type JobControl,
  Jobs,
  MAX_ENDED_JOBS,
  MAX_RUNNING_JOBS,
} from "../../../src/operations/jobs/jobs.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

/** A job that takes a step each time it is let. */
function stepper(total = 3) {
  const gates: (() => void)[] = [];
  return {
    step: () => gates.shift()?.(),
    job: {
      type: "stepping",
      total,
      result: () => ({ waiting: gates.length }),
      async run(control: JobControl) {
        for (let at = 0; at < total && await control.mayGoOn(); at++) {
          await new Promise<void>((go) => {
            gates.push(go);
            control.signal.addEventListener("abort", () => go());
          });
          control.advance(1);
        }
      },
    },
  };
}

/** Lets everything that waits on settled promises run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("a job tells its progress and how long it will go on, and ends as done", async () => {
  const runtime = fakeRuntime();
  const jobs = new Jobs(runtime, silentLog);
  const { step, job } = stepper();
  const { id } = jobs.start(job);
  await settle();
  runtime.advance(1_000);
  step();
  await settle();
  assert.deepEqual({ ...jobs.get(id), startedAtMs: 0 }, {
    ...{ id, type: "stepping", state: "running", done: 1, total: 3, startedAtMs: 0, endedAtMs: null },
    ...{ remainingMs: 2_000, result: { waiting: 1 } },
  });
  for (let at = 0; at < 2; at++, await settle()) step();
  assert.equal(jobs.get(id).state, "done");
  assert.equal(jobs.get(id).remainingMs, null);
});

Deno.test("a paused job takes no further step until it is resumed; its rest counts for nothing", async () => {
  const runtime = fakeRuntime();
  const jobs = new Jobs(runtime, silentLog);
  const { step, job } = stepper();
  const { id } = jobs.start(job);
  await settle();
  runtime.advance(1_000);
  jobs.pause(id);
  step();
  await settle();
  runtime.advance(60_000);
  assert.deepEqual([jobs.get(id).state, jobs.get(id).done, jobs.get(id).remainingMs], ["paused", 1, 2_000]);
  step();
  await settle();
  assert.equal(jobs.get(id).done, 1, "there was no step to take");
  jobs.resume(id);
  await settle();
  step();
  await settle();
  assert.equal(jobs.get(id).done, 2);
});

Deno.test("a job is cancelled also while it rests; cancelled once more it leaves the list", async () => {
  const jobs = new Jobs(fakeRuntime(), silentLog);
  const { id } = jobs.start(stepper().job);
  await settle();
  jobs.pause(id);
  jobs.cancel(id);
  await settle();
  assert.equal(jobs.get(id).state, "cancelled");
  jobs.cancel(id);
  assert.throws(() => jobs.get(id), GatewayError);
});

Deno.test("a job that throws is failed, and the gateway goes on", async () => {
  const jobs = new Jobs(fakeRuntime(), silentLog);
  const { id } = jobs.start({
    ...{ type: "broken", total: 1, result: () => null },
    run: () => Promise.reject(new TypeError("a fault")),
  });
  await settle();
  assert.equal(jobs.get(id).state, "failed");
});

Deno.test("only so many run at once, and only so many that are over are listed", async () => {
  const jobs = new Jobs(fakeRuntime(), silentLog);
  const running = Array.from({ length: MAX_RUNNING_JOBS }, () => jobs.start(stepper().job));
  assert.throws(
    () => jobs.start(stepper().job),
    (error) => error instanceof GatewayError && error.status === 429,
  );
  await settle();
  for (const { id } of running) jobs.cancel(id);
  await settle();
  for (let at = 0; at < MAX_ENDED_JOBS + 10; at++) {
    jobs.start({ type: "quick", total: 0, result: () => at, run: () => Promise.resolve() });
    await settle();
  }
  const listed = jobs.list();
  assert.equal(listed.length, MAX_ENDED_JOBS);
  assert.equal(listed[0]?.result, MAX_ENDED_JOBS + 9, "the newest first");
});
