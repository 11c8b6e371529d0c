import type { BenchRoom } from "../measures/room.ts";
import type { Upstreams } from "../upstream/start_upstreams.ts";
import { startBare } from "./bare.ts";
import { BARE, type Contender, NGINX, PORTKEY, TIDEGATE, TIDEGATE_OFF } from "./contender.ts";
import { startNginxProxy } from "./nginx.ts";
import { type PortkeyInstall, startPortkey } from "./portkey.ts";
import { startTidegate, type TidegateOrder } from "./tidegate.ts";

/** What of others is on this machine. */
export interface Others {
  readonly nginx: string | undefined;
  readonly portkey: PortkeyInstall | undefined;
}

/** The ways to start contenders, and those that run all the time. */
export type Started = Pick<BenchRoom, "contenders" | "fresh" | "freshTidegate"> & AsyncDisposable;

/** Keys in each pool where nothing else is asked for. */
const KEYS = 20;

/** Starts everything that runs all the time, each in a folder of its own below `folder`. */
export async function startContenders(
  upstreams: Upstreams,
  others: Others,
  folder: string,
): Promise<Started> {
  let number = 0;
  const own = (more: Pick<TidegateOrder, "name" | "records" | "keys">) =>
    startTidegate({ ...more, upstreams: upstreams.ports, folder: `${folder}/tidegate-${number++}` });
  const fresh: Record<string, () => Promise<Contender>> = {
    [TIDEGATE]: () => own({ name: TIDEGATE, records: "full", keys: KEYS }),
  };
  const { nginx, portkey } = others;
  if (nginx !== undefined) {
    fresh[NGINX] = () =>
      startNginxProxy({ version: nginx, upstreams: upstreams.ports, folder: `${folder}/nginx-${number++}` });
  }
  fresh[BARE] = () => startBare(upstreams.ports);
  if (portkey !== undefined) {
    fresh[PORTKEY] = () => startPortkey({ install: portkey, upstreams: upstreams.ports });
  }
  await using started = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const start of Object.values(fresh)) contenders.push(started.use(await start()));
  const off = await own({ name: TIDEGATE_OFF, records: "off", keys: KEYS });
  contenders.splice(1, 0, started.use(off));
  const kept = started.move();
  return {
    contenders,
    fresh,
    freshTidegate: (keys) => own({ name: TIDEGATE, records: "full", keys }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
