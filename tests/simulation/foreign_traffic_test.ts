import assert from "node:assert/strict";
import { rowOf, runBaselines, runOurs } from "./quota_pool_run.ts";
import { PROVE, simulate } from "./world/seeds.ts";
import { printTable } from "./world/table.ts";

const REQUESTS = PROVE ? 100_000 : 20_000;
const POOL = { keys: 40, groups: 25, deadKeys: 4, telling: "honest" } as const;

simulate("60 % of the capacity are carried beside strangers who take 25 % of every limit", async (seed) => {
  const scenario = { seed, requests: REQUESTS, load: 0.6, foreign: 0.25, pool: POOL };
  const ours = await runOurs("tidegate", scenario);
  const baselines = await runBaselines(scenario);
  printTable(
    `seed ${seed}: ${REQUESTS} requests at 60 % of capacity, strangers at 25 %`,
    [ours, ...baselines].map(rowOf),
  );
  assert.ok(ours.clientFailures <= 0.0005 * REQUESTS, `${ours.clientFailures} client failures`);
});
