import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { askChat } from "../../support/ask_chat.ts";
import { chatLoad } from "../../support/chat_load.ts";
import { type Delivery, type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import {
  chatEvent,
  errorAnswer,
  eventStream,
  type Fault,
  FAULTS,
} from "../../support/fake_upstream_script.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

/** Swaps of one run; the long campaign is the promise of issue A. */
const SWAPS = Deno.env.get("TIDEGATE_PROVE") === "1" ? 200 : 30;

/** Clients that ask all the time. Few enough that affinity's balance band never moves one: with the long stream three are under way, and its slack is four. */
const CLIENTS = 2;

/** How long the upstream takes between the pieces of an answer. */
const PIECE_MS = 15;

const TENANT_KEY = "the-tenant-key-of-the-load";
const BAD_KEY = "a-key-that-the-vendor-refuses";
const REFUSED_KEY = errorAnswer(401, { code: "invalid_api_key", type: "invalid_request_error" });

const PAUSE = { do: "pause", forMs: PIECE_MS } as const;

/** A good answer that takes a while, so that there are always some in flight. */
function slowAnswer({ headers }: Delivery): Fault {
  if (headers["authorization"] === `Bearer ${BAD_KEY}`) return REFUSED_KEY;
  const { steps } = headers["accept"] === "text/event-stream" ? FAULTS.okStream : FAULTS.ok;
  return { steps: [PAUSE, ...steps.slice(0, 2), PAUSE, ...steps.slice(2)] };
}

/** A config that differs from others by the name of its pool alone. */
function configText(name: string, urls: readonly string[]): string {
  const upstreams = urls.map((url, number) => ({
    url,
    keys: [`the-good-key-of-upstream-${number}`, BAD_KEY],
  }));
  return JSON.stringify(
    {
      tenants: [{ name: "load", keys: [TENANT_KEY] }],
      pools: [{ name, provider: "openai_compatible", upstreams, models: ["m"], affinity: { by: "ip" } }],
    },
    null,
    2,
  );
}

/** How a text may come into its place. Each leaves it there whole. */
const WAYS: Readonly<Record<string, (file: string, text: string) => Promise<void>>> = {
  "in place": (file, text) => Deno.writeTextFile(file, text),
  "half, then whole": async (file, text) => {
    const half = Math.floor(text.length / 2);
    using handle = await Deno.open(file, { write: true, truncate: true });
    await handle.write(new TextEncoder().encode(text.slice(0, half)));
    // Longer than the debounce: the half is surely looked at.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await handle.write(new TextEncoder().encode(text.slice(half)));
  },
  "by rename": async (file, text) => {
    await Deno.writeTextFile(`${file}.new`, text);
    await Deno.rename(`${file}.new`, file);
  },
  "as Kubernetes does": async (file, text) => {
    const folder = dirname(file);
    const version = `..${crypto.randomUUID()}`;
    await Deno.mkdir(join(folder, version));
    await Deno.writeTextFile(join(folder, version, "config.jsonc"), text);
    await Deno.symlink(version, join(folder, "..data.new"));
    await Deno.rename(join(folder, "..data.new"), join(folder, "..data"));
    if ((await Deno.lstat(file)).isSymlink) return;
    await Deno.symlink(join("..data", "config.jsonc"), `${file}.new`);
    await Deno.rename(`${file}.new`, file);
  },
  "removed and made anew": async (file, text) => {
    await Deno.remove(file);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await Deno.writeTextFile(file, text);
  },
};

/** Texts that must never come into force, with where readiness says the fault is. */
const BROKEN: readonly { readonly spoil: (text: string) => string; readonly place: RegExp }[] = [
  { spoil: (text) => text.replace('"pools"', '"pols"'), place: /config\.jsonc:10:3 .*pols/ },
  {
    spoil: (text) => text.replace('"openai_compatible"', '"no_such_vendor"'),
    place: /config\.jsonc:13:19 .*provider/,
  },
  { spoil: (text) => text.slice(0, -2), place: /config\.jsonc:\d+:\d+ / },
  { spoil: () => "", place: /config\.jsonc:1:1 / },
];

Deno.test(`${SWAPS} config swaps under constant load: no request fails, the last good config is always in force`, async (t) => {
  await using opened = new AsyncDisposableStack();
  const hold = Promise.withResolvers<void>();
  const upstreams = [opened.use(await fakeUpstream(slowAnswer)), opened.use(await fakeUpstream(slowAnswer))];
  const urls = upstreams.map(({ url }) => url);
  const gateway = opened.use(await startGateway({ config: configText("v0", urls), asFile: true }));
  const question = { url: gateway.url, key: TENANT_KEY, model: "m" };
  const readyz = () => fetch(`${gateway.url}/readyz`).then((answer) => answer.json());
  const deliveriesWith = (key: string) =>
    upstreams.flatMap(({ deliveries }) => deliveries).filter(({ headers }) =>
      headers["authorization"] === `Bearer ${key}`
    ).length;

  const load = chatLoad(question, CLIENTS);
  await until(() => load.good.length > 5 * CLIENTS, "the load runs");
  // The refused key is known and the caller has its endpoint: no swap may make either be found out anew.
  const refusals = deliveriesWith(BAD_KEY);
  // The clients' first requests go out at once, before the caller has an endpoint: who serves now is seen by growth.
  const early = upstreams.map(({ deliveries }) => deliveries.length);
  const settled = load.good.length + 10 * CLIENTS;
  await until(() => load.good.length > settled, "the caller has its endpoint");
  const [grown = 0, otherGrown = 0] = upstreams.map(({ deliveries }, at) =>
    deliveries.length - (early[at] ?? 0)
  );
  const serving = grown > otherGrown ? 0 : 1;
  const idle = upstreams[1 - serving]?.deliveries.length;
  const held = holdStream(upstreams[serving], hold.promise, question);
  await until(() => gateway.server.gateway.inFlight > CLIENTS, "one long stream is under way");

  let inForce = "v0";
  const ways = Object.keys(WAYS);
  for (let swap = 1; swap <= SWAPS; swap++) {
    const put = WAYS[ways[swap % ways.length] ?? ""] ?? WAYS["in place"];
    assert.ok(put !== undefined);
    const text = configText(`v${swap}`, urls);
    const broken = swap % 3 === 0 ? BROKEN[(swap / 3) % BROKEN.length] : undefined;
    await put(gateway.configFile, broken?.spoil(text) ?? text);
    if (broken === undefined) inForce = `v${swap}`;
    await until(async () => {
      const ready = await readyz();
      assert.equal(ready.status, "ready");
      if (broken !== undefined) assert.deepEqual(ready.pools, [inForce]);
      if (broken === undefined) return ready.pools[0] === inForce && ready.config.upToDate;
      // A text put in place by halves is first refused for its half.
      return !ready.config.upToDate && broken.place.test(ready.config.problems[0]);
    }, `swap ${swap} is taken as it should be`);
  }

  hold.resolve();
  assert.ok((await held).ok, "a stream that outlived every swap ends whole");
  await load.stop();
  assert.deepEqual(load.bad, []);
  assert.ok(load.good.length > SWAPS, `${load.good.length} requests`);
  assert.equal(deliveriesWith(BAD_KEY), refusals, "a refused key stays known by its endpoint");
  assert.equal(upstreams[1 - serving]?.deliveries.length, idle, "a caller stays where it was");
  const records = await gateway.records();
  assert.equal(records.filter((record) => at(record, "outcome") !== "ok").length, 0);
  const text = gateway.logText() + JSON.stringify(await readyz());
  for (const secret of [TENANT_KEY, BAD_KEY]) assert.ok(!text.includes(secret), "no secret is told");
  await t.step(`${load.good.length} requests, 0 failed`, () => {});
});

/** Asks once for a stream that begins at once and ends when told. */
async function holdStream(
  upstream: FakeUpstream | undefined,
  until: Promise<void>,
  question: { url: string; key: string; model: string },
) {
  assert.ok(upstream !== undefined);
  const usual = upstream.script;
  let taken = false;
  upstream.script = (delivery: Delivery) => {
    if (taken || delivery.headers["accept"] !== "text/event-stream") return slowAnswer(delivery);
    taken = true;
    return eventStream([chatEvent({ content: "Long" })], [
      { do: "wait", until },
      ...FAULTS.okStream.steps.slice(1),
    ]);
  };
  const answer = await askChat({ ...question, stream: true });
  upstream.script = usual;
  return answer;
}
