import type { Endpoint } from "../balancing/endpoint.ts";
import { type Exchange, headerValue } from "../core/exchange.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Capture } from "../recording/capture.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { Format } from "../formats/format.ts";
import type { Accountant } from "./accounting/accountant.ts";
import type { RequestAccount } from "./accounting/request_account.ts";
import type { RequestAdmission } from "./admission/request_admission.ts";
import type { Caller } from "./authenticate.ts";
import type { Overrides } from "./facts/overrides.ts";
import type { RequestFacts } from "./facts/request_facts.ts";
import type { Generation } from "./generation.ts";

/** Longest client request id that is kept, in characters. */
const MAX_CLIENT_ID_LENGTH = 128;

/** Why the gateway itself may end a request that is under way: its key was revoked, the process ends, or an operator said so. */
export type CutReason = "invalid_api_key" | "shutting_down" | "request_cancelled";

/** How far a request has come, for whoever looks on. */
export interface RequestProgress {
  /** The pool that is asked first. */
  pool: string | undefined;
  /** The one it was last sent to. */
  endpoint: Endpoint | undefined;
  attempts: number;
  /** What the client got of its answer. */
  capture: Capture | undefined;
}

/** A session that the gateway may end. */
export interface OpenSession {
  /** Tells both sides why, and closes them. */
  cut(reason: CutReason): void;
}

/** One request from its arrival to its record; filled in step by step by `handle.ts`. */
export interface RequestContext {
  /** Request id = record id, a UUIDv7. */
  readonly id: string;
  readonly exchange: Exchange;
  /** The configuration it began with and keeps. */
  readonly generation: Generation;
  /** Wall clock and monotonic clock at its arrival. */
  readonly startedMs: number;
  readonly startedAtMs: number;
  /** The client's address, by trusted proxies. */
  readonly clientAddress: string;
  readonly clientRequestId: string | null;
  readonly userAgent: string | null;
  /** The wire format of its path; decides how errors are told. */
  readonly format: Format;
  caller: Caller | undefined;
  overrides: Overrides;
  facts: RequestFacts | undefined;
  /** Name of the plan it was given (`route:auto`, `model:gpt-4o`), and the strategy of its first pool. */
  route: { readonly name: string; readonly strategy: string } | undefined;
  /** What it holds of its tenant's limits; undefined where nothing limits it. */
  admission: RequestAdmission | undefined;
  readonly progress: RequestProgress;
  /** What its attempts cost. */
  readonly account: RequestAccount;
  /** Why the gateway itself ended it. */
  cutFor: CutReason | undefined;
  /** A WebSocket's session, once it is open. */
  session: OpenSession | undefined;
}

/** Begins a request. */
export function beginRequest(
  exchange: Exchange,
  format: Format,
  { generation, runtime, clientAddress, accountant }: {
    generation: Generation;
    runtime: Runtime;
    clientAddress: string;
    accountant: Accountant;
  },
): RequestContext {
  const context: Omit<RequestContext, "account"> = {
    id: runtime.newId(),
    exchange,
    generation,
    startedMs: runtime.now(),
    startedAtMs: runtime.monotonic(),
    clientAddress,
    clientRequestId: clip(headerValue(exchange.headers, "x-request-id")),
    userAgent: clip(headerValue(exchange.headers, "user-agent")),
    format,
    caller: undefined,
    overrides: {},
    facts: undefined,
    route: undefined,
    admission: undefined,
    progress: { pool: undefined, endpoint: undefined, attempts: 0, capture: undefined },
    cutFor: undefined,
    session: undefined,
  };
  return Object.assign(context, { account: accountant.open(context) });
}

/** How much of the request is recorded: as its tenant's are, or nothing where it asks for that. */
export function recordsOf({ caller, overrides }: RequestContext): Tenant["records"] {
  return caller === undefined || overrides.unrecorded === true ? "off" : caller.tenant.records;
}

function clip(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, MAX_CLIENT_ID_LENGTH);
}
