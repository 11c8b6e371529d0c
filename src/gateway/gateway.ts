import type { Config } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { atOnce, inSlices, type Rests, type Steps } from "../core/time/steps.ts";
import type { Exchange, HeaderFields, UpgradeExchange } from "../core/exchange.ts";
import type { Log } from "../core/log.ts";
import { type Capture, CaptureBudget } from "../recording/capture.ts";
import { Issuers } from "./account/issuers.ts";
import { Accountant } from "./accounting/accountant.ts";
import { endAdmission } from "./admission/admit_request.ts";
import { shareMemory } from "./admission/memory_shares.ts";
import { AffinityKeys } from "./affinity/affinity_keys.ts";
import { explain, type ExplainQuestion, type Explanation } from "./explain.ts";
import { logAccess } from "./access_line.ts";
import { formatFor, type Front, frontOf } from "./facts/front.ts";
import { cancelAnswer, cancelRequest, cutIfRevoked, cutRequest, endOfCut } from "./cut_request.ts";
import type { Generation } from "./generation.ts";
import { type BuildingParts, nextGeneration, withTenantsOfNow } from "./building/next_generation.ts";
import { AttemptsFailed, handle } from "./handle.ts";
import { measureRequest } from "./measuring/request_measures.ts";
import { recordDraft, type RequestEnd } from "./record_draft.ts";
import { beginRequest, recordsOf, type RequestContext } from "./request_context.ts";
import type { HandleRoom } from "./room.ts";
import { openSocket } from "./sockets/open_socket.ts";
import { socketFrontOf } from "./sockets/socket_front.ts";
import { SharedAttempts } from "../upstream/attempts/shared_attempts.ts";
import { LoadTable } from "./routing/endpoints/load_table.ts";
import { RequestRates } from "./under_way/request_rates.ts";
import { RequestsUnderWay } from "./under_way/requests_under_way.ts";
import { type RequestUnderWay, requestUnderWay } from "./under_way/request_under_way.ts";

/** What a gateway is made of. */
export interface GatewayParts extends
  Omit<
    HandleRoom,
    "affinityKeys" | "issuers" | "attempts" | "bodyBudget" | "captureBudget" | "digest" | "rates"
  >,
  BuildingParts {
  /** Makes the reader of clients' addresses for a list of trusted proxies. */
  readonly clientAddressReader: (
    trusted: readonly string[],
  ) => (remoteAddress: string, headers: HeaderFields) => string;
  /** What requests may hold where the config does not say, in bytes. @default FALLBACK_MEMORY_BYTES */
  readonly machineMemoryBytes?: number;
  /** Told every client's address. */
  readonly addressWatch: (address: string) => void;
}

/** What requests hold and wait for at one moment. */
export interface GatewayHoldings {
  /** Of request bodies. */
  readonly bodyBytes: number;
  /** Of answers, for records not yet written. */
  readonly capturedBytes: number;
  /** Of answers that go out only when they are whole. */
  readonly answerBytes: number;
  /** Requests that wait for endpoints which were told to rest. */
  readonly waiting: number;
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
  /** Requests and refusals a minute, by tenant and pool. */
  readonly rates = new RequestRates();
  readonly #parts: GatewayParts;
  readonly #room: HandleRoom;
  readonly #access: Log;
  readonly #accountant: Accountant;
  readonly #loads = new LoadTable();
  readonly #inFlight = new RequestsUnderWay();
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
      rates: this.rates,
      // Nothing until a config is in force.
      bodyBudget: new CaptureBudget(0),
      captureBudget: new CaptureBudget(0),
      digest: (text) => parts.identity.fingerprint(text),
    };
    this.#accountant = new Accountant(this.#room);
  }

  /** The configuration that new requests get; throws `RangeError` before the first {@link apply}. */
  get generation(): Generation {
    return this.#serving().generation;
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight.count;
  }

  /** What requests hold and wait for at the moment. */
  get holdings(): GatewayHoldings {
    const { bodyBudget, captureBudget, attempts } = this.#room;
    return {
      bodyBytes: bodyBudget.heldBytes,
      capturedBytes: captureBudget.heldBytes,
      answerBytes: attempts.held.heldBytes,
      waiting: attempts.waiting.size,
    };
  }

  /**
   * Builds a generation and puts it in force; throws `RangeError`, changing nothing, when it cannot be built.
   * Requests in flight keep theirs, but those of a tenant key that is no longer valid are cut.
   */
  apply(config: Config): void {
    this.#swap(config, atOnce(this.#stepsTo(config)));
    atOnce(this.#letGo());
  }

  /** {@link apply} in slices of work, so that tens of thousands of keys hold up no stream; one at a time. */
  async applyInSlices(config: Config, rests: Rests): Promise<void> {
    const before = this.#inForce?.generation;
    const built = await inSlices(this.#stepsTo(config), rests);
    // Tenants may have changed meanwhile.
    this.#swap(config, this.#inForce?.generation === before ? built : withTenantsOfNow(built, this.#parts));
    await inSlices(this.#letGo(), rests);
  }

  #stepsTo(config: Config): Steps<Generation> {
    return nextGeneration(config, this.#parts, { before: this.#inForce?.generation, loads: this.#loads });
  }

  #swap(config: Config, generation: Generation): void {
    const { health } = this.#parts;
    shareMemory(config.memory.maxBytes ?? this.#parts.machineMemoryBytes, this.#room);
    const clientAddress = this.#parts.clientAddressReader(config.trustedProxies);
    this.#inForce = { generation, clientAddress };
    health.poolsInForce(generation.shapes);
    const poolNames = new Set(config.pools.map((pool) => pool.name));
    this.#room.attempts.budgets.retain(poolNames);
    this.rates.retain(poolNames, generation.tenantConfigs);
    for (const context of this.#inFlight.all()) cutIfRevoked(context, generation);
  }

  /** Forgets what was measured and counted of endpoints that are no longer there. */
  *#letGo(): Steps<void> {
    const { endpoints, made } = this.generation;
    yield* this.#loads.retain(made, endpoints);
    yield* this.#parts.quota.configured(endpoints.values());
  }

  /** Puts the tenants made at run time in force as they are now; everything else stays. Requests of keys that went are cut. */
  tenantsChanged(): void {
    const { generation: before, clientAddress } = this.#serving();
    const generation = withTenantsOfNow(before, this.#parts);
    this.#inForce = { generation, clientAddress };
    this.rates.tenants.retain(generation.tenantConfigs);
    for (const context of this.#inFlight.all()) cutIfRevoked(context, generation);
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
      accountant: this.#accountant,
    });
    const isOver = this.#inFlight.begin(context);
    let end: RequestEnd | undefined;
    try {
      end = await answer(context);
      const due = cancelAnswer(context);
      if (due !== undefined) {
        end?.capture?.release();
        end = { ...end, ...this.#answerThrown(context, due), result: end?.result };
      }
    } catch (thrown) {
      end = this.#answerThrown(context, cancelAnswer(context) ?? thrown);
      // What was tried before an operator ended it was tried all the same.
      if (thrown instanceof AttemptsFailed) end = { ...end, result: thrown.result };
    } finally {
      isOver();
      context.account.close();
      this.#remember(context, end && endOfCut(context, end));
      this.#inFlight.tellIdle();
    }
  }

  /** Requests that are not over, oldest first. */
  *requestsUnderWay(): IterableIterator<RequestUnderWay> {
    const nowMs = this.#parts.runtime.monotonic();
    for (const context of this.#inFlight.all()) yield requestUnderWay(context, nowMs);
  }

  /** Ends one request: its client is told in its own format, once all work for it has stopped. False when there is none with this id. */
  cancel(requestId: string): boolean {
    for (const context of this.#inFlight.all()) {
      if (context.id !== requestId) continue;
      cancelRequest(context);
      return true;
    }
    return false;
  }

  /** Ends what is under way, for the end of the process: a stream is told so inside it. */
  cutAll(): void {
    for (const context of this.#inFlight.all()) cutRequest(context, "shutting_down");
  }

  /** Resolves when no request is under way. */
  idle(): Promise<void> {
    return this.#inFlight.idle();
  }

  /** Enters what all attempts so far cost into the ledger, which otherwise happens some milliseconds after each. */
  settleAccounts(): void {
    this.#accountant.flush();
  }

  #serving(): InForce {
    if (this.#inForce === undefined) throw new RangeError("Cannot serve: no configuration is in force");
    return this.#inForce;
  }

  #answerThrown(context: RequestContext, thrown: unknown): RequestEnd {
    const answer = thrown instanceof AttemptsFailed ? thrown.answer : thrown;
    const result = thrown instanceof AttemptsFailed ? thrown.result : undefined;
    this.#room.respondError(context.exchange, answer, context.id, context.admission?.fields());
    const code = answer instanceof GatewayError ? answer.code : "internal_error";
    const gone = code === "client_gone" || context.exchange.gone;
    const status = gone ? 499 : answer instanceof GatewayError ? answer.status : 500;
    if (answer instanceof GatewayError) {
      this.rates.failed(context, answer.code, result?.records.length, this.#parts.runtime.monotonic());
    }
    const outcome = gone ? "client_gone" : result?.outcome ?? "rejected";
    return { status, outcome, error: code, result, capture: undefined };
  }

  /** One line in the log, one in the records, and every byte that was held given back. */
  #remember(context: RequestContext, end: RequestEnd | undefined): void {
    const { recorder, observer, runtime } = this.#parts;
    const { bodyBudget } = this.#room;
    endAdmission(context, end);
    const release = releaseOf(bodyBudget, context.facts?.heldBytes ?? 0, end?.capture);
    if (end === undefined) return release();
    measureRequest(observer, context, end, runtime.monotonic());
    logAccess(this.#access, context, end, runtime.monotonic());
    // Without a tenant nobody asked for a record: strangers must not be able to fill the disk.
    if (recorder === undefined || recordsOf(context) === "off") return release();
    recorder.offer(recordDraft(context, end, runtime), release);
  }
}

/** Gives back what a request held. It must hold nothing else of the request: a record may wait for its turn long after it. */
function releaseOf(budget: CaptureBudget, heldBytes: number, capture: Capture | undefined): () => void {
  return () => {
    budget.give(heldBytes);
    capture?.release();
  };
}
