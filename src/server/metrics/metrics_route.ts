import type { Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { HeaderFields } from "../../core/exchange.ts";
import { giveWay } from "../../core/time/system_runtime.ts";
import { plainError } from "../plain_error.ts";
import type { MetricBook } from "./metric_book.ts";
import type { MetricsGuard } from "./metrics_guard.ts";
import { PROMETHEUS_TYPE, prometheusText } from "./prometheus_text.ts";

/** Text that is written between two turns of the event loop, in characters: a few milliseconds' work. */
const SLICE_CHARACTERS = 256 * 1024;

/** What the listener tells of a connection. */
interface Connection {
  readonly remoteAddress: string;
}

/** What `/metrics` works with. */
export interface MetricsRoom {
  readonly book: Pick<MetricBook, "families">;
  readonly guard: MetricsGuard;
  /** Whether the config in force wants it. */
  readonly enabled: () => boolean;
  /** The client's address, by trusted proxies. */
  readonly clientAddress: (remoteAddress: string, headers: HeaderFields) => string;
}

/** Adds `GET /metrics`. While it is switched off the path does not exist. */
export function addMetricsRoute(app: Hono<{ Bindings: Connection }>, room: MetricsRoom): void {
  app.get("/metrics", async (c) => {
    if (!room.enabled()) return c.notFound();
    const refusal = refusalOf(c, room);
    if (refusal !== undefined) return refusal;
    return c.body(await wholeText(room.book), 200, { "content-type": PROMETHEUS_TYPE });
  });
}

function refusalOf(c: Context<{ Bindings: Connection }>, { guard, clientAddress }: MetricsRoom) {
  const { remoteAddress } = c.env;
  const headers: HeaderFields = Object.fromEntries(c.req.raw.headers);
  const refusal = guard.refusal({ address: clientAddress(remoteAddress, headers), remoteAddress, headers });
  if (refusal === undefined) return undefined;
  const { retryAfterMs } = refusal;
  const wait = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
  return c.body(
    plainError(refusal.code, refusal.message, refusal.status),
    refusal.status as ContentfulStatusCode, // every status of ERROR_STATUS may have content
    { "content-type": "application/json; charset=utf-8", ...wait },
  );
}

/** Many series are many lines: what is under way meanwhile gets its turn. */
async function wholeText(book: MetricsRoom["book"]): Promise<string> {
  let text = "";
  let lastTurnAt = 0;
  for (const piece of prometheusText(book.families())) {
    text += piece;
    if (text.length - lastTurnAt < SLICE_CHARACTERS) continue;
    lastTurnAt = text.length;
    await giveWay();
  }
  return text;
}
