import { quantilesOf } from "../report/statistics.ts";
import { clockMicros } from "../upstream/answers.ts";
import { Connection } from "./connection.ts";
import { Failures } from "./failures.ts";
import type { LoadResult, StreamsOrder } from "./load_order.ts";
import { requestBytes } from "./request_bytes.ts";
import { StampReader } from "./stamp_reader.ts";

/** How often the upstream's clock is asked; the quickest answer counts. */
const CLOCK_QUESTIONS = 50;

/** Opens the streams one after the other, evenly, and measures each chunk's way from the upstream to here. */
export async function streamLoad(order: StreamsOrder): Promise<LoadResult> {
  const request = requestBytes(order.target, order.body);
  const offset = await clockOffset(order.clockPort);
  const delays = new Float64Array(order.count * order.chunks);
  let chunks = 0;
  const failures = new Failures();
  const startMs = performance.now();
  const one = async () => {
    const connection = await Connection.open(order.target.port);
    let own = 0;
    const stamps = new StampReader((micros) => {
      own++;
      delays[chunks++] = clockMicros() - micros - offset;
    });
    await connection.ask(request, (bytes, from, to) => stamps.push(bytes, from, to));
    connection.close();
    if (own !== order.chunks) failures.note(`${own} chunks in place of ${order.chunks}`);
  };
  const all: Promise<void>[] = [];
  for (let index = 0; index < order.count; index++) {
    const dueMs = startMs + index * order.openOverMs / order.count;
    const restMs = dueMs - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    all.push(one().catch((error) => failures.note(String(error))));
  }
  await Promise.all(all);
  return {
    requests: order.count,
    ...failures.facts(),
    durationMs: performance.now() - startMs,
    chunks,
    chunkDelay: quantilesOf(delays.subarray(0, chunks)),
  };
}

/** How far our clock is ahead of the upstream's, in microseconds, known to half the time of the quickest answer. */
async function clockOffset(port: number): Promise<number> {
  const connection = await Connection.open(port);
  const request = new TextEncoder().encode("GET /clock HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  const decoder = new TextDecoder();
  let best = { tookMicros: Infinity, offset: 0 };
  for (let count = 0; count < CLOCK_QUESTIONS; count++) {
    const sent = clockMicros();
    let text = "";
    await connection.ask(request, (bytes, from, to) => text += decoder.decode(bytes.subarray(from, to)));
    const tookMicros = clockMicros() - sent;
    if (tookMicros < best.tookMicros) best = { tookMicros, offset: sent + tookMicros / 2 - Number(text) };
  }
  connection.close();
  return best.offset;
}
