import type { Exchange, UpgradeExchange } from "../../core/exchange.ts";
import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { ErrorResponder } from "../error_response.ts";
import type { Cors } from "./cors.ts";

/** Bounds of one listener. */
export interface ListenLimits {
  /** From the connection, or the end of the last request, to the end of a request's head once it has begun. */
  readonly headMs: number;
  /** How often late heads are looked for. */
  readonly checkEveryMs: number;
  /** How often the deadlines that follow are looked at; each may be that much late. */
  readonly sweepMs: number;
  /** How long a body may pause. */
  readonly bodyStallMs: number;
  /** How long a client may take nothing of what was written. */
  readonly writeStallMs: number;
  /** How long a connection may idle between two requests. */
  readonly keepAliveMs: number;
  /** How long the rest of an unread body is still taken after the answer. */
  readonly lingerMs: number;
  /** How often it is made sure that new connections are taken, while many are open. */
  readonly acceptCheckMs: number;
  readonly maxHeadBytes: number;
  /** Data-plane requests at once, open WebSockets included; more are told to come back. */
  readonly maxInFlight: number;
  /** WebSockets at once; more are told to come back. */
  readonly maxSockets: number;
  /** Connections that are served. */
  readonly maxConnections: number;
  /** Connections beyond that are still told so, and whose health checks are answered; further ones are closed unseen. */
  readonly reservedConnections: number;
}

/**
 * 20 s and a check every 2 s end silent connections and half-sent heads within 22 s. 65 s of keep-alive outlast
 * the 60 s after which common load balancers drop their side, so that none of them sends into a closed connection.
 * An idle WebSocket takes 80 KB, one whose reader stalls half a megabyte: 2,000 stay within 1 GB at the worst.
 */
export const DEFAULT_LIMITS: ListenLimits = {
  headMs: 20_000,
  checkEveryMs: 2_000,
  sweepMs: 1_000,
  bodyStallMs: 28_000,
  writeStallMs: 60_000,
  keepAliveMs: 65_000,
  lingerMs: 10_000,
  acceptCheckMs: 10_000,
  maxHeadBytes: 64 * 1024,
  maxInFlight: 10_000,
  maxSockets: 2_000,
  maxConnections: 10_000,
  reservedConnections: 200,
};

/** Who takes up requests for a WebSocket. */
export interface UpgradeTaker {
  /** Whether there are WebSockets at this path; elsewhere they are refused with 426, so that clients fall back to HTTP. */
  readonly offeredAt: (path: string) => boolean;
  /** Answers or accepts one, and resolves when its session is over; what it throws is answered by `respondError`. */
  readonly take: (exchange: UpgradeExchange) => Promise<void>;
}

/** What `listen` needs. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Answers a data-plane request; what it throws is answered by `respondError`. */
  readonly dataPlane: (exchange: Exchange) => Promise<void>;
  readonly isDataPlane: (path: string) => boolean;
  /** Absent: every WebSocket is refused. */
  readonly upgrades?: UpgradeTaker;
  /** Answers every other request. */
  readonly app: (
    request: Request,
    connection: { readonly remoteAddress: string },
  ) => Response | Promise<Response>;
  readonly respondError: ErrorResponder;
  /** Rules for browsers; asked anew for each request, so that a reload changes them. */
  readonly cors: () => Cors | undefined;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  readonly limits?: Partial<ListenLimits>;
}
