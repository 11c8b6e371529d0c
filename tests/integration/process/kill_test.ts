import assert from "node:assert/strict";
import { join } from "node:path";
import { chatLoad } from "../../support/chat_load.ts";
import { type Delivery, type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { errorAnswer, type Fault, FAULTS } from "../../support/fake_upstream_script.ts";
import { type GatewayProcess, gatewayProcess } from "../../support/gateway_process.ts";
import { at } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

/** Kills of one run; the long campaign is the promise of issue A. */
const ROUNDS = Deno.env.get("TIDEGATE_PROVE") === "1" ? 200 : 4;

/** After so many a fresh data directory is taken: reading it all stays quick, and no cooldown ends by itself. */
const ROUNDS_A_DIRECTORY = 10;

/** A client that saw its answer end this long before the kill must find it recorded. */
const PROMISE_MS = 250;

/** How long state may wait to be written (`stores/write_behind.ts`), with room for a busy disk. */
const STATE_MS = 1_500;

/** Clients that ask all the time, and how long the upstream takes between the pieces of an answer. */
const CLIENTS = 8;
const PIECE_MS = 15;

/** Good answers before a round's kill; the true number is drawn anew each round. */
const LEAST_ANSWERS = 60;
const MOST_ANSWERS = 300;

const INVALID_KEY = "a-key-that-the-vendor-refuses";
const LIMITED_KEY = "a-key-that-has-to-wait-a-while";
const REFUSALS: Readonly<Record<string, Fault>> = {
  [`Bearer ${INVALID_KEY}`]: errorAnswer(401, { code: "invalid_api_key", type: "invalid_request_error" }),
  [`Bearer ${LIMITED_KEY}`]: errorAnswer(429, { code: "rate_limit_exceeded" }, { "retry-after": "120" }),
};

const PAUSE = { do: "pause", forMs: PIECE_MS } as const;

function slowAnswer({ headers }: Delivery): Fault {
  const refusal = REFUSALS[headers["authorization"] ?? ""];
  if (refusal !== undefined) return refusal;
  const { steps } = headers["accept"] === "text/event-stream" ? FAULTS.okStream : FAULTS.ok;
  return { steps: [PAUSE, ...steps.slice(0, 2), PAUSE, ...steps.slice(2)] };
}

/** What is known of one data directory. */
interface Campaign extends AsyncDisposable {
  readonly folder: string;
  readonly upstreams: readonly FakeUpstream[];
  /** Ids of requests that must be recorded. */
  readonly promised: Set<string>;
}

async function newCampaign(): Promise<Campaign> {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  const upstreams = [await fakeUpstream(slowAnswer), await fakeUpstream(slowAnswer)];
  const config = {
    pools: [{
      provider: "openai_compatible",
      upstreams: upstreams.map(({ url }) => url),
      keys: [INVALID_KEY, LIMITED_KEY, "a-key-that-is-good"],
      models: ["m"],
      affinity: { by: "ip" },
    }],
  };
  await Deno.writeTextFile(join(folder, "config.jsonc"), JSON.stringify(config));
  return {
    folder,
    upstreams,
    promised: new Set(),
    async [Symbol.asyncDispose]() {
      for (const upstream of upstreams) await upstream[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const start = ({ folder }: Campaign): GatewayProcess =>
  gatewayProcess({ args: ["serve", "--listen", "127.0.0.1:0"], cwd: folder });

const keyOf = async ({ folder }: Campaign) =>
  (await Deno.readTextFile(join(folder, "data", "tenant.key"))).trim();

/** Runs the load until so many good answers, kills, and notes what is promised. Resolves to the answers seen. */
async function loadAndKill(
  gateway: GatewayProcess,
  campaign: Campaign,
  sinceStartMs: number,
): Promise<number> {
  const url = await gateway.listening();
  const load = chatLoad({ url, key: await keyOf(campaign), model: "m" }, CLIENTS);
  const answers = LEAST_ANSWERS + Math.floor(Math.random() * (MOST_ANSWERS - LEAST_ANSWERS));
  const earliestMs = performance.now() + sinceStartMs;
  await until(() => load.good.length >= answers && performance.now() >= earliestMs, "the load has run");
  const stopped = load.stop();
  const killedMs = performance.now();
  gateway.kill("SIGKILL");
  await gateway.ended;
  await stopped;
  assert.deepEqual(
    load.bad.filter(({ endedMs }) => endedMs < killedMs),
    [],
    "no request failed before the kill",
  );
  for (const { id, endedMs } of load.good) if (endedMs <= killedMs - PROMISE_MS) campaign.promised.add(id);
  return load.good.length;
}

/** The ids of all records; fails on a line that is not a whole record, and on one that stands twice. */
async function recordedIds({ folder }: Campaign): Promise<Set<string>> {
  const ids = new Set<string>();
  const records = join(folder, "data", "records");
  for await (const entry of Deno.readDir(records)) {
    if (!entry.name.endsWith(".jsonl")) continue;
    const text = await Deno.readTextFile(join(records, entry.name));
    assert.ok(text === "" || text.endsWith("\n"), `${entry.name} ends in half a line`);
    for (const line of text.split("\n").slice(0, -1)) {
      const id = at(JSON.parse(line), "id");
      assert.ok(typeof id === "string" && !ids.has(id), `record ${id} stands twice`);
      ids.add(id);
    }
  }
  return ids;
}

const deliveriesWith = ({ upstreams }: Campaign, key: string) =>
  upstreams.flatMap(({ deliveries }) => deliveries).filter(({ headers }) =>
    headers["authorization"] === `Bearer ${key}`
  )
    .length;

const served = ({ upstreams }: Campaign) => upstreams.map(({ deliveries }) => deliveries.length);

/** The first life on a data directory: the bad keys are found out and the caller gets its endpoint. */
async function firstLife(campaign: Campaign): Promise<void> {
  await using gateway = start(campaign);
  await loadAndKill(gateway, campaign, STATE_MS);
  for (const key of [INVALID_KEY, LIMITED_KEY]) {
    assert.ok(deliveriesWith(campaign, key) > 0, `${key} was tried`);
  }
}

/** A later life: all is as it was before the kill. */
async function nextLife(campaign: Campaign): Promise<number> {
  await using gateway = start(campaign);
  await gateway.listening();
  const ids = await recordedIds(campaign);
  const lost = [...campaign.promised].filter((id) => !ids.has(id));
  assert.deepEqual(lost, [], `${lost.length} of ${campaign.promised.size} promised records are lost`);
  const refused = [INVALID_KEY, LIMITED_KEY].map((key) => deliveriesWith(campaign, key));
  const before = served(campaign);
  const answers = await loadAndKill(gateway, campaign, 0);
  assert.deepEqual(
    [INVALID_KEY, LIMITED_KEY].map((key) => deliveriesWith(campaign, key)),
    refused,
    "marks are back",
  );
  const grown = served(campaign).filter((count, number) => count > (before[number] ?? 0));
  assert.equal(grown.length, 1, `the caller has its endpoint back: ${before} then ${served(campaign)}`);
  return answers;
}

Deno.test(`${ROUNDS} × kill -9 under load: no line torn, no promised record lost, key marks and affinity back`, async (t) => {
  for (let done = 0; done < ROUNDS; done += ROUNDS_A_DIRECTORY) {
    await using campaign = await newCampaign();
    await firstLife(campaign);
    const home = served(campaign).indexOf(Math.max(...served(campaign)));
    for (let round = done + 1; round <= Math.min(ROUNDS, done + ROUNDS_A_DIRECTORY); round++) {
      const before = served(campaign)[home] ?? 0;
      await t.step(`round ${round}`, async () => {
        assert.ok(await nextLife(campaign) > 0);
        assert.ok((served(campaign)[home] ?? 0) > before, "it is the endpoint of the first life");
      });
    }
    await t.step(`${campaign.promised.size} records were promised`, () => {});
  }
});
