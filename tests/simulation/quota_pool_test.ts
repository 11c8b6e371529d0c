import assert from "node:assert/strict";
import { rowOf, runBaselines, runOurs } from "./quota_pool_run.ts";
import { PROVE, simulate } from "./world/seeds.ts";
import { printTable } from "./world/table.ts";

const REQUESTS = PROVE ? 100_000 : 15_000;
const POOL = { keys: 40, groups: 25, deadKeys: 4, telling: "honest" } as const;

simulate("40 keys of 25 hidden quota groups carry 80 % of their capacity", async (seed) => {
  const scenario = { seed, requests: REQUESTS, load: 0.8, foreign: 0, pool: POOL };
  const ours = await runOurs("tidegate", scenario);
  const alone = await runOurs("tidegate, no inference", scenario, { inference: false });
  const baselines = await runBaselines(scenario);
  printTable(
    `seed ${seed}: ${REQUESTS} requests at 80 % of capacity`,
    [ours, alone, ...baselines].map(rowOf),
  );
  assert.ok(ours.clientFailures <= 0.0002 * REQUESTS, `${ours.clientFailures} client failures`);
  assert.ok(ours.limited <= 0.01 * REQUESTS, `${ours.limited} refusals for rate`);
  assert.ok(
    alone.clientFailures <= 0.0002 * REQUESTS,
    `${alone.clientFailures} client failures without inference`,
  );
  assert.ok(alone.limited <= 0.03 * REQUESTS, `${alone.limited} refusals for rate without inference`);
});

simulate("the same at 95 % of capacity, and from vendors that tell nothing of their limits", async (seed) => {
  const scenario = { seed, requests: REQUESTS, load: 0.95, foreign: 0, pool: POOL };
  const full = await runOurs("at 95 %", scenario);
  const silent = { ...scenario, load: 0.8, pool: { ...POOL, telling: "silent" } as const };
  const untold = await runOurs("at 80 %, untold", silent);
  printTable(`seed ${seed}: ${REQUESTS} requests`, [full, untold].map(rowOf));
  for (const { clientFailures } of [full, untold]) assert.ok(clientFailures <= 0.0002 * REQUESTS);
  assert.ok(full.limited <= 0.01 * REQUESTS, `${full.limited} refusals for rate at 95 %`);
  assert.ok(untold.limited <= 0.03 * REQUESTS, `${untold.limited} refusals for rate where nothing is told`);
});
