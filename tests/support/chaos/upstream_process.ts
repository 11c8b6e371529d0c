import { testEnvironment } from "../../../tools/test_environment.ts";
import { until } from "../until.ts";

const PROGRAM = new URL("./upstream_program.ts", import.meta.url).pathname;

/** An upstream that can be killed and started again at its own port. */
export interface UpstreamProcess extends AsyncDisposable {
  readonly url: string;
  /** Whether its process runs; it may still be starting. */
  readonly isAlive: boolean;
  /** Starts it; nothing where it runs. */
  start(): void;
  /** Ends it at once (SIGKILL); its connections are torn down. */
  kill(): void;
  /** Resolves once it takes connections. */
  ready(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. */
export function upstreamProcess(): UpstreamProcess {
  const place = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = place.addr;
  place.close();
  let child: Deno.ChildProcess | undefined;
  const ended: Promise<unknown>[] = [];
  const start = () => {
    if (child !== undefined) return;
    child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-config",
        "--no-check",
        "--quiet",
        `--allow-net=127.0.0.1:${port}`,
        PROGRAM,
        String(port),
      ],
      env: testEnvironment(Deno.env.toObject()),
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    ended.push(child.status);
  };
  const kill = () => {
    child?.kill("SIGKILL");
    child = undefined;
  };
  start();
  return {
    url: `http://127.0.0.1:${port}`,
    get isAlive() {
      return child !== undefined;
    },
    start,
    kill,
    async ready() {
      let isOpen = false;
      const knock = async () => {
        while (!isOpen) {
          isOpen = await Deno.connect({ hostname: "127.0.0.1", port }).then((connection) => {
            connection.close();
            return true;
          }, () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 10)));
        }
      };
      void knock();
      await until(() => isOpen, "the upstream takes connections");
    },
    async [Symbol.asyncDispose]() {
      kill();
      await Promise.all(ended);
    },
  };
}
