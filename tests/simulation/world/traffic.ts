import type { SimulatedRequest } from "../vendors/simulated_request.ts";
import type { Chance } from "./chance.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** The shape of a stream of independent requests. */
export interface TrafficShape {
  readonly requests: number;
  /** Mean arrivals a second, Poisson: open loop, whatever becomes of those before. */
  readonly perSecond: number;
  readonly streamedShare: number;
}

const BODIES = [false, true].map((stream) =>
  new TextEncoder().encode(
    `{"model":"m","stream":${stream},"max_tokens":400,"messages":[{"role":"user","content":"${
      "What now? ".repeat(20)
    }"}]}`,
  )
);

/** Sends the traffic through `ask` while time runs; resolves when the last request is answered. */
export async function sendTraffic(
  time: VirtualTime,
  chance: Chance,
  shape: TrafficShape,
  ask: (request: SimulatedRequest) => Promise<void>,
): Promise<void> {
  let answered = 0;
  let failure: unknown;
  const arrive = (id: number) => {
    if (id < shape.requests) time.after(chance.exponential(1000 / shape.perSecond), () => arrive(id + 1));
    const request = ordinaryRequest(id, chance, shape.streamedShare);
    ask(request).then(() => void answered++, (error) => void (failure ??= error));
  };
  time.after(chance.exponential(1000 / shape.perSecond), () => arrive(1));
  const done = await time.run(() => failure !== undefined || answered >= shape.requests);
  if (failure !== undefined) throw failure;
  if (!done) throw new Error(`only ${answered} of ${shape.requests} requests were ever answered`);
}

function ordinaryRequest(id: number, chance: Chance, streamedShare: number): SimulatedRequest {
  const stream = chance.happens(streamedShare);
  const body = BODIES[stream ? 1 : 0];
  if (body === undefined) throw new RangeError("Cannot find the body");
  return { id, stream, body, inputTokens: 60, outputTokens: Math.floor(chance.logBetween(20, 400)) };
}
