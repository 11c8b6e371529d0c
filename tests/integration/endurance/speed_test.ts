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
const MOST_PER_REQUEST = 15;
const MOST_PER_CHUNK = 7;

const WARM_UP_MS = 2_000;
const LOAD_MS = 1_500;
const CONNECTIONS = 8;
const STREAMS = { count: 50, chunks: 150, everyMs: 20 };

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** CPU time of one request, in microseconds. */
async function cpuPerRequest(
  contender: Contender,
  upstreams: Upstreams,
  warmUpMs = WARM_UP_MS,
): Promise<number> {
  const body = questionBody({ route: "plain", sizeBytes: 1_024 });
  const load = (durationMs: number) =>
    runLoad(
      { kind: "closed", target: contender.routes.plain, body, connections: CONNECTIONS, durationMs },
      durationMs,
    );
  if (warmUpMs > 0) await load(warmUpMs);
  const charged = await charge({ contender, upstreamPids: upstreams.pids }, () => load(LOAD_MS));
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
      const request = await cpuPerRequest(tidegate, upstreams);
      const bareRequest = await cpuPerRequest(bare, upstreams);
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
        say(told("a request", request, await cpuPerRequest(nginx, upstreams, 0), NGINX));
      }
      assert.ok(request < MOST_PER_REQUEST * bareRequest, requests);
      assert.ok(chunk < MOST_PER_CHUNK * bareChunk, chunks);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
