import { utcTime } from "../../recording/lines/utc_time.ts";
import type { RequestContext } from "../request_context.ts";

/** Where a request stands: its body arrives, it waits for an endpoint, for that one's answer, or the answer goes out. */
export const REQUEST_PHASES = ["reading", "waiting", "asked", "answering"] as const;

/** A request that is not over, as an operator sees it. */
export interface RequestUnderWay {
  readonly id: string;
  /** UTC. */
  readonly started: string;
  readonly ageMs: number;
  readonly phase: (typeof REQUEST_PHASES)[number];
  readonly tenant: string | null;
  readonly method: string;
  readonly path: string;
  readonly model: string | null;
  readonly stream: boolean;
  /** The one it was last sent to; null: to none yet. */
  readonly endpoint: string | null;
  /** Of that one, else the pool that is asked first. */
  readonly pool: string | null;
  /** Attempts begun. */
  readonly attempts: number;
  /** Of the request's body; null while it arrives. */
  readonly requestBytes: number | null;
  /** Of the answer, as far as it went to the client. */
  readonly answerBytes: number;
  readonly client: string;
}

/** Tells a request that is under way; `nowMs` is monotonic. */
export function requestUnderWay(context: RequestContext, nowMs: number): RequestUnderWay {
  const { exchange, facts, progress } = context;
  return {
    id: context.id,
    started: utcTime(context.startedMs),
    ageMs: Math.round(nowMs - context.startedAtMs),
    phase: phaseOf(context),
    tenant: context.caller?.tenant.name ?? null,
    method: exchange.method,
    path: exchange.path.slice(0, 500),
    model: facts?.model ?? null,
    stream: facts?.stream ?? false,
    endpoint: progress.endpoint?.id ?? null,
    pool: progress.endpoint?.pool ?? progress.pool ?? null,
    attempts: progress.attempts,
    requestBytes: facts?.heldBytes ?? null,
    answerBytes: progress.capture?.sizeBytes ?? 0,
    client: context.clientAddress,
  };
}

function phaseOf({ exchange, facts, progress }: RequestContext): RequestUnderWay["phase"] {
  if (exchange.headSent) return "answering";
  if (facts === undefined) return "reading";
  return progress.endpoint === undefined ? "waiting" : "asked";
}
