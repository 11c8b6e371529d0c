import type { Candidate } from "../../balancing/endpoint.ts";
import type { UpgradeExchange } from "../../core/exchange.ts";
import type { AttemptsRequest, AttemptsResult } from "../attempts_request.ts";
import type { UpstreamRequest } from "../request.ts";
import type { SocketRelay, SocketSession } from "./socket_relay.ts";

/** Members of a plain request's attempts that mean the same here. */
type Shared =
  | "estimate"
  | "mode"
  | "tiers"
  | "maxAttempts"
  | "budgetFor"
  | "waitMs"
  | "deadlinesFor"
  | "errorRulesOf"
  | "startedMs"
  | "clientKey"
  | "affinity"
  | "headersFor";

/** One request for a WebSocket, to be taken up by whichever endpoint can. */
export interface UpgradeRequest extends Pick<AttemptsRequest, Shared> {
  readonly exchange: UpgradeExchange;
  /** The request without a body, its handshake fields among the headers, as a candidate gets it. */
  readonly requestFor: (candidate: Candidate) => UpstreamRequest;
  /** The model to ask for where the candidate names none; undefined for a request without one. */
  readonly model: string | undefined;
  /** What the client is told about where the request names no model. */
  readonly path: string;
  /** From the request's start to an open session, in milliseconds; undefined: without end. */
  readonly deadlineMs: number | undefined;
  /** Time without a byte either way after which a session is ended, in milliseconds. */
  readonly idleMsFor: (candidate: Candidate) => number;
  /** The session is open; called at most once. */
  readonly opened: (relay: SocketRelay) => void;
}

/** How it ended. */
export interface UpgradeResult {
  readonly result: AttemptsResult;
  /** Undefined: none was opened. */
  readonly session: SocketSession | undefined;
}
