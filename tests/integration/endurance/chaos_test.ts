import assert from "node:assert/strict";
import { openaiChat } from "../../../src/formats/openai/openai_chat.ts";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { askChat, type ChatAnswer } from "../../support/ask_chat.ts";
import { type UpstreamProcess, upstreamProcess } from "../../support/chaos/upstream_process.ts";
import { seededRandom } from "../../support/fake_runtime.ts";
import { readStream } from "../../support/read_stream.ts";
import { startGateway } from "../../support/start_gateway.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const PROVE = Deno.env.get("TIDEGATE_PROVE") === "1";

/** How long each storm lasts, in milliseconds. */
const STORM_MS = PROVE ? 120_000 : 8_000;

const SEED = Number(Deno.env.get("TIDEGATE_SEED") ?? 1);

const UPSTREAMS = 10;

/** Clients that ask without a break, every other one streamed. */
const CLIENTS = 12;

/** Longest time from one kill or restart to the next, in milliseconds. */
const LONGEST_CALM_MS = 400;

const TEXT = "One two three four five six seven eight";

/** A figure for whoever reads the test's output. */
function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** What became of the requests of one storm. */
interface Storm {
  readonly asked: number;
  readonly kills: number;
  readonly bad: readonly ChatAnswer[];
}

/** Kills and restarts all upstreams but the first, in no order, while clients ask. */
async function storm(commit: "content" | "complete"): Promise<Storm> {
  await using stack = new AsyncDisposableStack();
  const upstreams: UpstreamProcess[] = [];
  for (let each = 0; each < UPSTREAMS; each++) upstreams.push(stack.use(upstreamProcess()));
  await Promise.all(upstreams.map((upstream) => upstream.ready()));
  const pool = {
    name: "p",
    provider: "openai_compatible",
    upstreams: upstreams.map(({ url }) => url),
    models: ["m"],
    commit,
  };
  const gateway = stack.use(await startGateway({ config: { pools: [pool] } }));
  const endMs = performance.now() + STORM_MS;
  const bad: ChatAnswer[] = [];
  let asked = 0;
  let kills = 0;
  const ask = async (stream: boolean) => {
    while (performance.now() < endMs) {
      const answer = await askChat({ url: gateway.url, key: gateway.key, model: "m", stream });
      asked++;
      if (!answer.ok || textOf(answer.text, stream) !== TEXT) bad.push(answer);
    }
  };
  const rage = async () => {
    const random = seededRandom(SEED);
    while (performance.now() < endMs) {
      const upstream = upstreams[1 + Math.floor(random() * (UPSTREAMS - 1))] ?? assert.fail();
      if (upstream.isAlive) {
        upstream.kill();
        kills++;
      } else upstream.start();
      await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_CALM_MS));
    }
  };
  await Promise.all([rage(), ...Array.from({ length: CLIENTS }, (_, client) => ask(client % 2 === 0))]);
  return { asked, kills, bad };
}

function textOf(answer: string, stream: boolean): string | undefined {
  const whole = stream ? atOnce(openaiChat.assemble(new TextEncoder().encode(answer))).body : answer;
  return JSON.parse(whole).choices?.[0]?.message?.content;
}

/** Whether the client has seen content and then an error that says so: nothing lost in silence. */
function isTold({ status, text }: ChatAnswer): boolean {
  const { signs, ended, errorData } = readStream(openaiChat, new TextEncoder().encode(text));
  const code = errorData === undefined ? undefined : JSON.parse(errorData).error.code;
  const content = (signs & STREAM_SIGNS.content) !== 0;
  return status === 200 && content && code === "upstream_truncated" && !text.includes("[DONE]") && !ended;
}

Deno.test("nine of ten upstreams killed and restarted at random: no error before content, none untold after it", async () => {
  const { asked, kills, bad } = await storm("content");
  const untold = bad.filter((answer) => !isTold(answer));
  say(
    `seed ${SEED}: ${asked} requests, ${kills} kills, ${bad.length} cut after content and told, ${untold.length} else`,
  );
  assert.deepEqual(untold, []);
  assert.ok(asked > 100 && kills > 5, `${asked} requests, ${kills} kills`);
});

Deno.test("the same with answers that commit when they are whole: no error at all", async () => {
  const { asked, kills, bad } = await storm("complete");
  say(`seed ${SEED}: ${asked} requests, ${kills} kills, ${bad.length} errors`);
  assert.deepEqual(bad, []);
  assert.ok(asked > 100 && kills > 5, `${asked} requests, ${kills} kills`);
});
