import { measureChunks } from "./measures/chunks.ts";
import { measureThroughput } from "./measures/throughput.ts";
import { nginxVersion, startNginxProxy } from "./contenders/nginx.ts";
import { findPortkey, startPortkey } from "./contenders/portkey.ts";
import { startTidegate } from "./contenders/tidegate.ts";
import { wrkVersion } from "./load/wrk.ts";
import { startUpstreams } from "./upstream/start_upstreams.ts";
import { endAll } from "./process/child.ts";

const say = (t: string) => void Deno.stderr.writeSync(new TextEncoder().encode(t + "\n"));
const only = Deno.args.find((a) => a.startsWith("--only="))?.slice(7).split(",");
const folder = await Deno.makeTempDir({ prefix: "tidegate-bench-" });
try {
  await using stack = new AsyncDisposableStack();
  const nginx = await nginxVersion();
  const wrk = await wrkVersion();
  const portkey = Deno.args.includes("--no-portkey") ? undefined : await findPortkey();
  say(`nginx ${nginx} wrk ${wrk} portkey ${portkey?.version}`);
  const upstreams = stack.use(await startUpstreams(folder, nginx !== undefined));
  const contenders = [];
  for (const records of ["full", "off"] as const) {
    contenders.push(stack.use(
      await startTidegate({
        name: `Tidegate, records ${records}`,
        records,
        keys: 20,
        upstreams: upstreams.ports,
        folder: `${folder}/tidegate-${records}`,
      }),
    ));
  }
  if (nginx) {
    contenders.push(
      stack.use(
        await startNginxProxy({ version: nginx, upstreams: upstreams.ports, folder: `${folder}/nginx` }),
      ),
    );
  }
  if (portkey) {
    contenders.push(stack.use(await startPortkey({ install: portkey, upstreams: upstreams.ports })));
  }
  for (const c of contenders) say(`${c.name} ${c.version} pid ${c.pids()} start ${c.startMs.toFixed(0)} ms`);
  const room = {
    contenders,
    upstreams,
    byWrk: wrk !== undefined,
    isQuick: Deno.args.includes("--quick"),
    say,
  };
  if (!only || only.includes("throughput")) await measureThroughput(room);
  if (!only || only.includes("chunks")) await measureChunks(room);
} finally {
  await endAll();
  await Deno.remove(folder, { recursive: true });
}
