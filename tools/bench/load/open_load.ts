import { setImmediate } from "node:timers";
import { quantilesOf } from "../report/statistics.ts";
import { Connection } from "./connection.ts";
import { Failures } from "./failures.ts";
import type { LoadResult, OpenOrder } from "./load_order.ts";
import { requestBytes } from "./request_bytes.ts";
import { StampReader } from "./stamp_reader.ts";

/** Connections opened beforehand; when all are taken more are opened, so that a slow answer delays no other request. */
const CONNECTIONS = 16;

/** Longest that a connection waits to be used again, in milliseconds: servers close idle ones, node's own after five seconds. */
const MAX_IDLE_MS = 2_000;

interface FreeConnection {
  readonly connection: Connection;
  readonly sinceMs: number;
}

/**
 * Sends by a schedule drawn beforehand, with gaps as between independent callers. The times are taken from the planned
 * moment: what a slow answer makes others wait is in them.
 */
export async function openLoad(order: OpenOrder): Promise<LoadResult> {
  const request = requestBytes(order.target, order.body);
  const plan = schedule(order);
  const free: FreeConnection[] = [];
  for (let count = 0; count < CONNECTIONS; count++) {
    free.push({ connection: await Connection.open(order.target.port), sinceMs: performance.now() });
  }
  const failures = new Failures();
  const total: number[] = [];
  const firstContent: number[] = [];
  const slip: number[] = [];
  const ask = async (plannedMs: number, isCounted: boolean) => {
    const connection = newest(free, performance.now()) ?? await Connection.open(order.target.port);
    let firstMs = 0;
    const stamps = new StampReader(() => firstMs ||= performance.now());
    if (isCounted) slip.push((performance.now() - plannedMs) * 1_000);
    await connection.ask(request, (bytes, from, to) => stamps.push(bytes, from, to));
    free.push({ connection, sinceMs: performance.now() });
    if (!isCounted) return;
    total.push((performance.now() - plannedMs) * 1_000);
    if (firstMs > 0) firstContent.push((firstMs - plannedMs) * 1_000);
  };
  const all: Promise<void>[] = [];
  const startMs = performance.now();
  for (const [index, atMs] of plan.entries()) {
    while (performance.now() < startMs + atMs) await (order.isPrecise ? turn() : nap());
    all.push(ask(startMs + atMs, index >= order.warmUp).catch((error) => failures.note(String(error))));
  }
  await Promise.all(all);
  for (const { connection } of free) connection.close();
  return {
    requests: plan.length,
    ...failures.facts(),
    durationMs: performance.now() - startMs,
    total: quantilesOf(total),
    ...(firstContent.length === 0 ? {} : { firstContent: quantilesOf(firstContent) }),
    sendSlip: quantilesOf(slip),
  };
}

/** The connection that was used last; where that is too long ago, none, and all are closed. */
function newest(free: FreeConnection[], nowMs: number): Connection | undefined {
  const last = free.pop();
  if (last === undefined || nowMs - last.sinceMs < MAX_IDLE_MS) return last?.connection;
  for (const { connection } of [last, ...free.splice(0)]) connection.close();
  return undefined;
}

const nap = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Times of sending in milliseconds: exponential gaps, the same for the same seed. */
function schedule({ perSecond, durationMs, seed }: OpenOrder): number[] {
  const times: number[] = [];
  let state = seed >>> 0;
  for (let atMs = 0; atMs < durationMs;) {
    times.push(atMs);
    // Numerical Recipes' linear congruential generator: even enough to draw gaps.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    atMs += -Math.log((state + 1) / 4_294_967_297) * 1_000 / perSecond;
  }
  return times;
}
