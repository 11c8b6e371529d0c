import type { Config } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { atOnce, inSlices, type Steps } from "../core/time/steps.ts";
import type { Exchange, HeaderFields, UpgradeExchange } from "../core/exchange.ts";
import type { Log } from "../core/log.ts";
import type { Secret } from "../core/secret.ts";
import { CaptureBudget } from "../recording/capture.ts";
import type { Slice } from "../recording/slice.ts";
import { Issuers } from "./account/issuers.ts";
import { AffinityKeys } from "./affinity/affinity_keys.ts";
import { explain, type ExplainQuestion, type Explanation } from "./explain.ts";
import { formatFor, type Front, frontOf } from "./facts/front.ts";
import { cutRequest, endOfCut } from "./cut_request.ts";
import { type Generation, generationSteps } from "./generation.ts";
import { AttemptsFailed, handle } from "./handle.ts";
import { recordDraft, type RequestEnd } from "./record_draft.ts";
import { beginRequest, recordsOf, type RequestContext } from "./request_context.ts";
import type { HandleRoom } from "./room.ts";
import { openSocket } from "./sockets/open_socket.ts";
import { socketFrontOf } from "./sockets/socket_front.ts";
import { SharedAttempts } from "../upstream/attempts/shared_attempts.ts";
import type { EndpointIdentity } from "./routing/endpoint_identity.ts";
import { LoadTable } from "./routing/pool_endpoints.ts";

/** Bytes of request bodies that all requests in flight may hold together. */
const BODY_BUDGET_BYTES = 1024 * 1024 * 1024;

/** Bytes of answers that may be held for records not yet written. */
const CAPTURE_BUDGET_BYTES = 256 * 1024 * 1024;

/** What a gateway is made of. */
export interface GatewayParts
  extends
    Omit<HandleRoom, "affinityKeys" | "issuers" | "attempts" | "bodyBudget" | "captureBudget" | "digest"> {
  readonly identity: EndpointIdentity;
  /** The key of the tenant that exists where the config names none. */
  readonly ownTenantKey: Secret;
  /** Turns a declared upstream URL into one that can be called. */
  readonly callableUrl: (declaredUrl: string) => string;
  /** Makes the reader of clients' addresses for a list of trusted proxies. */
  readonly clientAddressReader: (
    trusted: readonly string[],
  ) => (remoteAddress: string, headers: HeaderFields) => string;
  /** Told every client's address. */
  readonly addressWatch: (address: string) => void;
}

/** One generation and what is derived from it. */
interface InForce {
  readonly generation: Generation;
  readonly clientAddress: (remoteAddress: string, headers: HeaderFields) => string;
}

/**
 * The gateway without a server: takes exchanges, answers them, records them; takes configurations and swaps them.
 * What was measured (loads, health, affinity, pins) outlives every generation.
 */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #room: HandleRoom;
  readonly #access: Log;
  readonly #loads = new LoadTable();
  readonly #inFlight = new Set<RequestContext>();
  #whenIdle: (() => void)[] = [];
  #inForce: InForce | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#access = parts.log.channel("access");
    const affinityKeys = new AffinityKeys(parts.identity.seed("affinity"));
    this.#room = {
      ...parts,
      affinityKeys,
      issuers: new Issuers({ pins: parts.pins, affinityKeys }),
      attempts: new SharedAttempts(parts.runtime),
      bodyBudget: new CaptureBudget(BODY_BUDGET_BYTES),
      captureBudget: new CaptureBudget(CAPTURE_BUDGET_BYTES),
      digest: (text) => parts.identity.fingerprint(text),
    };
  }

  /** The configuration that new requests get; throws `RangeError` before the first {@link apply}. */
  get generation(): Generation {
    return this.#serving().generation;
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /**
   * Builds a generation and puts it in force; throws `RangeError`, changing nothing, when it cannot be built.
   * Requests in flight keep theirs, but those of a tenant key that is no longer valid are cut.
   */
  apply(config: Config): void {
    this.#swap(config, atOnce(this.#stepsTo(config)));
  }

  /** {@link apply} in slices of work, so that tens of thousands of keys hold up no stream; one at a time. The swap itself is at once. */
  async applyInSlices(config: Config, slice: Slice): Promise<void> {
    this.#swap(config, await inSlices(this.#stepsTo(config), slice));
  }

  #stepsTo(config: Config): Steps<Generation> {
    const { identity, ownTenantKey, callableUrl, runtime, health, quota } = this.#parts;
    const before = this.#inForce?.generation;
    return generationSteps(
      config,
      {
        ...{ identity, ownTenantKey, callableUrl, loads: this.#loads },
        newAtMs: before && runtime.monotonic(),
        surroundings: { health, quota, nowMs: runtime.monotonic() },
      },
      { number: (before?.number ?? 0) + 1, builtMs: runtime.now(), before },
    );
  }

  #swap(config: Config, generation: Generation): void {
    const { health, quota } = this.#parts;
    const clientAddress = this.#parts.clientAddressReader(config.trustedProxies);
    this.#inForce = { generation, clientAddress };
    this.#loads.retain(generation.endpoints);
    health.poolsInForce(generation.shapes);
    quota.configured(generation.endpoints.values());
    this.#room.attempts.budgets.retain(new Set(config.pools.map((pool) => pool.name)));
    for (const context of this.#inFlight) cutIfRevoked(context, generation);
  }

  /** What would become of a request, and why; changes nothing. */
  explain(question: ExplainQuestion): Explanation {
    const { health, quota, runtime } = this.#parts;
    const around = { health, quota, nowMs: runtime.monotonic(), random: () => runtime.random() };
    return explain(question, this.generation, around);
  }

  /** A client's address, by the trusted proxies in force. */
  clientAddress(remoteAddress: string, headers: HeaderFields): string {
    return this.#serving().clientAddress(remoteAddress, headers);
  }

  /** Answers one request and records it. Never rejects. */
  handle(exchange: Exchange): Promise<void> {
    const front = frontOf(exchange.method, exchange.path, exchange);
    return this.#serve(exchange, front, (context) => handle(this.#room, context, front));
  }

  /** Answers or takes up one request for a WebSocket, and records it when its session is over. Never rejects. */
  upgrade(exchange: UpgradeExchange): Promise<void> {
    const front = socketFrontOf(exchange.path);
    return this.#serve(exchange, front, (context) => openSocket(this.#room, context, exchange, front));
  }

  async #serve(
    exchange: Exchange,
    front: Front | undefined,
    answer: (context: RequestContext) => Promise<RequestEnd | undefined>,
  ): Promise<void> {
    const { generation, clientAddress } = this.#serving();
    const address = clientAddress(exchange.remoteAddress, exchange.headers);
    this.#parts.addressWatch(address);
    const context = beginRequest(exchange, formatFor(front), {
      generation,
      runtime: this.#parts.runtime,
      clientAddress: address,
    });
    this.#inFlight.add(context);
    let end: RequestEnd | undefined;
    try {
      end = await answer(context);
    } catch (thrown) {
      end = this.#answerThrown(context, thrown);
    } finally {
      this.#inFlight.delete(context);
      this.#remember(context, end && endOfCut(context, end));
      if (this.#inFlight.size === 0) { for (const resolve of this.#whenIdle.splice(0)) resolve(); }
    }
  }

  /** Ends what is under way, for the end of the process: a stream is told so inside it. */
  cutAll(): void {
    for (const context of this.#inFlight) cutRequest(context, "shutting_down");
  }

  /** Resolves when no request is under way. */
  idle(): Promise<void> {
    return this.#inFlight.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => void this.#whenIdle.push(resolve));
  }

  #serving(): InForce {
    if (this.#inForce === undefined) throw new RangeError("Cannot serve: no configuration is in force");
    return this.#inForce;
  }

  #answerThrown(context: RequestContext, thrown: unknown): RequestEnd {
    const answer = thrown instanceof AttemptsFailed ? thrown.answer : thrown;
    const result = thrown instanceof AttemptsFailed ? thrown.result : undefined;
    this.#room.respondError(context.exchange, answer, context.id);
    const code = answer instanceof GatewayError ? answer.code : "internal_error";
    const gone = code === "client_gone" || context.exchange.gone;
    const status = gone ? 499 : answer instanceof GatewayError ? answer.status : 500;
    const outcome = gone ? "client_gone" : result?.outcome ?? "rejected";
    return { status, outcome, error: code, result, capture: undefined };
  }

  /** One line in the log, one in the records, and every byte that was held given back. */
  #remember(context: RequestContext, end: RequestEnd | undefined): void {
    const { recorder, observer, runtime } = this.#parts;
    const { bodyBudget } = this.#room;
    const release = () => {
      bodyBudget.give(context.facts?.heldBytes ?? 0);
      end?.capture?.release();
    };
    if (end === undefined) return release();
    observer.count("requests", { outcome: end.outcome });
    this.#logAccess(context, end);
    // Without a tenant nobody asked for a record: strangers must not be able to fill the disk.
    if (recorder === undefined || recordsOf(context) === "off") return release();
    recorder.offer(recordDraft(context, end, { runtime, observer }), release);
  }

  #logAccess(context: RequestContext, end: RequestEnd): void {
    const log = this.#access;
    const say = end.outcome === "ok" ? log.debug : log.info;
    say(`${context.exchange.method} ${context.exchange.path}`, {
      requestId: context.id,
      status: end.status,
      outcome: end.outcome,
      error: end.error ?? undefined,
      tenant: context.caller?.tenant.name,
      model: context.facts?.model,
      endpoint: end.result?.candidate?.endpoint.id,
      attempts: end.result?.records.length,
      totalMs: Math.round(this.#parts.runtime.monotonic() - context.startedAtMs),
      client: context.clientAddress,
    });
  }
}

function cutIfRevoked(context: RequestContext, { keys }: Generation): void {
  const { caller } = context;
  if (caller === undefined || keys.holds(caller.tenantKey.reveal(), caller.tenant.name)) return;
  cutRequest(context, "invalid_api_key");
}
