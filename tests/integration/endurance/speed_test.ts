import assert from "node:assert/strict";
import { startBare } from "../../../tools/bench/contenders/bare.ts";
import { BARE, type Contender, NGINX, TIDEGATE } from "../../../tools/bench/contenders/contender.ts";
import { nginxVersion, startNginxProxy } from "../../../tools/bench/contenders/nginx.ts";
import { startTidegate } from "../../../tools/bench/contenders/tidegate.ts";
import { questionBody } from "../../../tools/bench/load/request_bytes.ts";
import { runLoad } from "../../../tools/bench/load/run_load.ts";
import { charge } from "../../../tools/bench/measures/rounds.ts";
import { startUpstreams, type Upstreams } from "../../../tools/bench/upstream/start_upstreams.ts";

/**
 * How much dearer than on the bare proxy a request and a chunk may be before something is grossly wrong. Far from what
 * `docs/benchmarks.md` asks for: code is hardly warm here, and a machine that others use too is no fault of a change.
 */
const MOST_PER_REQUEST = 12;
const MOST_PER_CHUNK = 6;

/** Requests before and in the measurement: the same number for all, so that their code is compiled as far. */
const REQUESTS = 1_500;

/** How often Tidegate is measured before it is too dear: where cores are scarce, its code is compiled late. */
const TURNS = 3;

/** How long each of the two may take; a slow machine gets through fewer. */
const MOST_MS = 4_000;

const CONNECTIONS = 8;
const STREAMS = { count: 50, chunks: 150, everyMs: 20 };

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** CPU time of one request, in microseconds. */
async function cpuPerRequest(contender: Contender, upstreams: Upstreams): Promise<number> {
  const body = questionBody({ route: "plain", sizeBytes: 1_024 });
  const order = { kind: "closed", target: contender.routes.plain, body, connections: CONNECTIONS } as const;
  const load = () => runLoad({ ...order, durationMs: MOST_MS, maxRequests: REQUESTS }, MOST_MS);
  await load();
  const charged = await charge({ contender, upstreamPids: upstreams.pids }, load);
  return charged.cpu / charged.result.requests;
}

/** CPU time of one streamed chunk, in microseconds. */
async function cpuPerChunk(contender: Contender, upstreams: Upstreams): Promise<number> {
  const { count, chunks, everyMs } = STREAMS;
  const body = questionBody({ route: "streamed", sizeBytes: 1_024, stream: { chunks, everyMs } });
  const order = { kind: "streams", target: contender.routes.streamed, body, count, chunks } as const;
  const clockPort = upstreams.ports.streamed;
  const charged = await charge(
    { contender, upstreamPids: upstreams.pids },
    () => runLoad({ ...order, openOverMs: 200, clockPort }, chunks * everyMs),
  );
  return charged.cpu / (charged.result.chunks ?? NaN);
}

Deno.test({
  name: "a request and a streamed chunk cost no gross multiple of what the platform alone costs",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
    try {
      await using upstreams = await startUpstreams(folder, false);
      await using tidegate = await startTidegate({
        ...{ name: TIDEGATE, records: "full", keys: 20, upstreams: upstreams.ports },
        folder: `${folder}/tidegate`,
      });
      await using bare = await startBare(upstreams.ports);
      const bareRequest = await cpuPerRequest(bare, upstreams);
      let request = Infinity;
      for (let turn = 0; turn < TURNS && request >= MOST_PER_REQUEST * bareRequest; turn++) {
        request = await cpuPerRequest(tidegate, upstreams);
      }
      const [chunk, bareChunk] = await Promise.all([
        cpuPerChunk(tidegate, upstreams),
        cpuPerChunk(bare, upstreams),
      ]);
      const told = (what: string, own: number, other: number, name: string) =>
        `${what}: ${own.toFixed(0)} µs of CPU, ${name} ${other.toFixed(0)}, ${(own / other).toFixed(1)} ×`;
      const requests = told("a request", request, bareRequest, BARE);
      const chunks = told("a streamed chunk", chunk, bareChunk, BARE);
      say(requests);
      say(chunks);
      const version = await nginxVersion();
      if (version !== undefined) {
        await using nginx = await startNginxProxy({
          ...{ version, upstreams: upstreams.ports, folder: `${folder}/nginx` },
        });
        say(told("a request", request, await cpuPerRequest(nginx, upstreams), NGINX));
      }
      assert.ok(request < MOST_PER_REQUEST * bareRequest, requests);
      assert.ok(chunk < MOST_PER_CHUNK * bareChunk, chunks);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
