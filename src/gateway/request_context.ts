import { type Exchange, headerValue } from "../core/exchange.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Format } from "../formats/format.ts";
import type { Caller } from "./authenticate.ts";
import type { RequestFacts } from "./facts/request_facts.ts";
import type { Generation } from "./generation.ts";

/** Longest client request id that is kept, in characters. */
const MAX_CLIENT_ID_LENGTH = 128;

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
  facts: RequestFacts | undefined;
}

/** Begins a request. */
export function beginRequest(
  exchange: Exchange,
  format: Format,
  { generation, runtime, clientAddress }: { generation: Generation; runtime: Runtime; clientAddress: string },
): RequestContext {
  return {
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
    facts: undefined,
  };
}

function clip(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, MAX_CLIENT_ID_LENGTH);
}
