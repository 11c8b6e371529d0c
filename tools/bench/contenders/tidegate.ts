import denoJson from "../../../deno.json" with { type: "json" };
import { type Child, startChild } from "../process/child.ts";
import { CHAT_PATH, type Contender, MODELS, type Route, type UpstreamPorts } from "./contender.ts";
import { firstAnswer } from "./first_answer.ts";

const ROOT = new URL("../../../", import.meta.url);

/** The tenant's key of all measurements. */
export const TENANT_KEY = "sk-the-tenant-key-of-the-measurements";

/** How a Tidegate is set up. */
export interface TidegateOrder {
  readonly name: string;
  readonly records: "full" | "off";
  /** Keys in each pool, one endpoint each. */
  readonly keys: number;
  readonly upstreams: UpstreamPorts;
  /** A folder of its own: config and data. */
  readonly folder: string;
}

/** Everything on: keys, limits that count but never refuse, prices, balancing over all keys, metrics, records. */
function tidegateConfig({ records, upstreams }: TidegateOrder) {
  const pool = (route: Route) => ({
    name: route,
    provider: "openai_compatible",
    upstreams: [`http://127.0.0.1:${upstreams[route]}/v1`],
    keys: [`file:${route}.txt`],
    models: [MODELS[route]],
    prices: "openai",
  });
  return {
    tenants: [{
      name: "bench",
      keys: [TENANT_KEY],
      records,
      limits: {
        requestsPerMinute: 100_000_000,
        tokensPerMinute: 1_000_000_000,
        concurrency: 9_000,
        requestsPerDay: 10_000_000_000,
        budget: { usd: 1_000_000_000, per: "month" },
      },
    }],
    pools: [pool("plain"), pool("streamed")],
    metrics: { enabled: true },
    records: { bodies: "full", maxTotal: "1GB" },
  };
}

/** Writes a pool's keys, one a line; another `edition` has another last key. */
export async function writeKeys(folder: string, route: Route, count: number, edition: number): Promise<void> {
  const key = (number: number) => `sk-upstream-${route}-${number}-of-the-measurements`;
  const keys = Array.from({ length: count - 1 }, (_, number) => key(number));
  await Deno.writeTextFile(`${folder}/${route}.txt`, [...keys, `${key(count)}-${edition}`, ""].join("\n"));
}

/** A Tidegate and what only it can do. */
export interface TidegateProcess extends Contender {
  readonly child: Child;
  readonly folder: string;
}

/** Starts Tidegate by the words of task `start`, as its users do. */
export async function startTidegate(order: TidegateOrder): Promise<TidegateProcess> {
  const configFile = `${order.folder}/config.jsonc`;
  await Deno.mkdir(order.folder, { recursive: true });
  for (const route of ["plain", "streamed"] as const) await writeKeys(order.folder, route, order.keys, 0);
  await Deno.writeTextFile(configFile, JSON.stringify(tidegateConfig(order), null, 2));
  const [, ...words] = denoJson.tasks.start.split(" ");
  const startedMs = performance.now();
  const child = startChild({
    program: Deno.execPath(),
    args: [
      ...words,
      ...["--config", configFile, "--data-dir", `${order.folder}/data`, "--listen", "127.0.0.1:0"],
    ],
    cwd: ROOT.pathname,
  });
  try {
    const [, port = ""] = await child.says(/listens on http:\/\/127\.0\.0\.1:(\d+)\n/, 60_000);
    await firstAnswer(`http://127.0.0.1:${port}/readyz`, child.ended);
    const target = {
      port: Number(port),
      path: CHAT_PATH,
      headers: { authorization: `Bearer ${TENANT_KEY}` },
    };
    return {
      name: order.name,
      version: `${denoJson.version}, Deno ${Deno.version.deno}`,
      routes: { plain: target, streamed: target },
      pids: () => [child.pid],
      startMs: performance.now() - startedMs,
      child,
      folder: order.folder,
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}
