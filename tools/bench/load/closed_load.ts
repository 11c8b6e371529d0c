import { quantilesOf } from "../report/statistics.ts";
import { Connection } from "./connection.ts";
import { Failures } from "./failures.ts";
import type { ClosedOrder, LoadResult } from "./load_order.ts";
import { requestBytes } from "./request_bytes.ts";

/** Asks on every connection, one request after the other, until the time is over or all are asked. */
export async function closedLoad(order: ClosedOrder): Promise<LoadResult> {
  const request = requestBytes(order.target, order.body);
  const failures = new Failures();
  const totals: number[] = [];
  let left = order.maxRequests ?? Infinity;
  const startMs = performance.now();
  const endMs = startMs + order.durationMs;
  const one = async () => {
    const connection = await Connection.open(order.target.port);
    for (; left > 0 && performance.now() < endMs; left--) {
      const sentMs = performance.now();
      await connection.ask(request);
      totals.push((performance.now() - sentMs) * 1_000);
    }
    connection.close();
  };
  const all = Array.from({ length: order.connections }, () => one());
  await Promise.all(all.map((each) => each.catch((error) => failures.note(String(error)))));
  return {
    requests: totals.length,
    ...failures.facts(),
    durationMs: performance.now() - startMs,
    total: quantilesOf(totals),
  };
}
