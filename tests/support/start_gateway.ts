import { join } from "node:path";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import type { ListenLimits } from "../../src/server/listener/listen_options.ts";
import { type RunningServer, startServer } from "../../src/server/start.ts";

/** What a test's gateway is started with. */
export interface TestGatewayOptions {
  /** The config: an object, or JSONC text. */
  readonly config: unknown;
  readonly env?: Readonly<Record<string, string>>;
  /** A directory that outlives the gateway, for tests that restart it. */
  readonly dataDir?: string;
  /** Watch the config as a file, for tests that change it. */
  readonly asFile?: boolean;
  readonly limits?: Partial<ListenLimits>;
}

/** A whole gateway on a free port of 127.0.0.1, with a data directory of its own. */
export interface TestGateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly server: RunningServer;
  /** The generated tenant key. */
  readonly key: string;
  readonly dataDir: string;
  /** The config file, where there is one. */
  readonly configFile: string;
  /** Everything it logged so far. */
  logText(): string;
  /** Every record written so far, oldest first; what is still waiting is written out before. */
  records(): Promise<unknown[]>;
}

/** Starts a gateway; closing it removes its directory unless `dataDir` was given. */
export async function startGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const directory = options.dataDir ?? await Deno.makeTempDir({ prefix: "tidegate-test-" });
  const text = typeof options.config === "string" ? options.config : JSON.stringify(options.config);
  const configFile = join(directory, "config.jsonc");
  if (options.asFile === true) await Deno.writeTextFile(configFile, text);
  const dataDir = join(directory, "data");
  const logged: Uint8Array[] = [];
  const server = await startServer({
    config: options.asFile === true ? { file: configFile } : { text, name: "test" },
    listen: { host: "127.0.0.1", port: 0 },
    dataDir,
    env: (name) => options.env?.[name],
    runtime: systemRuntime(),
    logs: {
      target: { write: (bytes) => Promise.resolve(logged.push(bytes.slice())).then(() => bytes.length) },
      isTerminal: false,
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  let closed = false;
  return {
    url: `http://127.0.0.1:${server.address.port}`,
    server,
    key: server.dataDir.tenantKey.reveal(),
    dataDir,
    configFile,
    logText: () => logged.map((bytes) => new TextDecoder().decode(bytes)).join(""),
    async records() {
      await server.gateway.idle();
      server.gateway.settleAccounts();
      await server.flushRecords();
      return await readRecords(dataDir);
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await server.close(1000);
      if (options.dataDir === undefined) await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Every record in a data directory, oldest first. */
export async function readRecords(dataDir: string): Promise<unknown[]> {
  const folder = join(dataDir, "records");
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (entry.name.endsWith(".jsonl")) names.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const texts = await Promise.all(names.sort().map((name) => Deno.readTextFile(join(folder, name))));
  return texts.join("").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The member of parsed JSON at a path such as `response.choices.0.message.content`; undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  let here = value;
  for (const name of path.split(".")) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Reflect.get(here, name);
  }
  return here;
}
