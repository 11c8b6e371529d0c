import { headerValue } from "../../../src/core/exchange.ts";
import type { Call, CallHandler, CallRequest, CallStarter } from "../../../src/upstream/call.ts";
import type { VirtualTime } from "../world/virtual_time.ts";
import { firstEvent, lastEvents, refusalBody, wholeAnswer } from "./answer_bytes.ts";
import { REQUEST_FIELD, type SimulatedRequest } from "./simulated_request.ts";
import type { Vendor, VendorAnswer } from "./vendor.ts";

/** A time during which a host is not itself. Monotonic milliseconds. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
  /** `refuse`: no connection; `error`: a 500 to everything; `cut`: streams break off after their first event. */
  readonly kind: "refuse" | "error" | "cut";
}

/** One address and who answers there. */
export interface Host {
  readonly origin: string;
  readonly vendor: Vendor;
  readonly outages: readonly Outage[];
}

/** One call as the network saw it; what the invariants are checked against. */
export interface SeenCall {
  readonly request: SimulatedRequest;
  readonly origin: string;
  /** The credential it came with. */
  readonly secret: string;
  /** When it started. */
  readonly startMs: number;
  /** Status of its answer, 0 for a connection refused; undefined while there is none. */
  status: number | undefined;
}

/** Time on the wire, one way. */
const WIRE_MS = 5;

/** The world outside: hosts by origin, in the place of the HTTP client. */
export class Network implements CallStarter {
  readonly #time: VirtualTime;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #requests = new Map<number, SimulatedRequest>();
  /** Every call so far, in order. */
  readonly calls: SeenCall[] = [];
  /** Told every call when it starts. */
  called: (call: SeenCall) => void = () => {};
  /** Told every call when its answer's head arrives. */
  answered: (call: SeenCall) => void = () => {};

  constructor(time: VirtualTime, hosts: readonly Host[]) {
    this.#time = time;
    this.#hosts = new Map(hosts.map((host) => [host.origin, host]));
  }

  /** Makes a request known until {@link forget}: calls carry only its number. */
  know(request: SimulatedRequest): void {
    this.#requests.set(request.id, request);
  }

  forget(request: SimulatedRequest): void {
    this.#requests.delete(request.id);
  }

  startCall(sent: CallRequest, handler: CallHandler): Call {
    const { origin } = new URL(sent.url);
    const host = this.#hosts.get(origin);
    const request = this.#requests.get(Number(headerValue(sent.headers, REQUEST_FIELD)));
    if (host === undefined || request === undefined) throw new Error(`nobody expects a call to ${sent.url}`);
    const secret = headerValue(sent.headers, "authorization")?.replace("Bearer ", "") ?? "";
    const seen: SeenCall = { request, origin, secret, startMs: this.#time.nowMs, status: undefined };
    this.calls.push(seen);
    this.called(seen);
    const call = new SimulatedCall(this.#time, handler);
    call.after(WIRE_MS, () => this.#arrive(call, host, seen));
    return call;
  }

  #arrive(call: SimulatedCall, host: Host, seen: SeenCall): void {
    const { nowMs } = this.#time;
    const { request, secret } = seen;
    const outage = host.outages.find(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs)?.kind;
    if (outage === "refuse") {
      this.#answered(seen, 0);
      return call.fail({ kind: "refused", sent: false });
    }
    call.handler.sent();
    const answer = outage === "error" ? SERVER_ERROR : host.vendor.serve(secret, request, nowMs);
    const streamed = answer.status === 200 && request.stream;
    call.after(WIRE_MS + (streamed ? answer.firstMs : answer.lastMs), () => {
      this.#answered(seen, answer.status);
      if (!streamed) return call.finish(answer, "application/json", bodyOf(request, answer));
      call.head(answer, "text/event-stream");
      call.handler.data(firstEvent());
      call.after(answer.lastMs - answer.firstMs, () => {
        if (outage === "cut") return call.fail({ kind: "reset_in_body", sent: true });
        call.end(lastEvents(request, answer));
      });
    });
  }

  #answered(call: SeenCall, status: number): void {
    call.status = status;
    this.answered(call);
  }
}

const SERVER_ERROR: VendorAnswer = {
  status: 500,
  headers: {},
  code: "server_error",
  firstMs: 30,
  lastMs: 30,
  cachedTokens: 0,
};

function bodyOf(request: SimulatedRequest, answer: VendorAnswer): Uint8Array {
  return answer.status === 200 ? wholeAnswer(request, answer) : refusalBody(answer);
}

/** One call's way through time; tells its handler nothing any more once it is over. */
class SimulatedCall implements Call {
  readonly handler: CallHandler;
  readonly #time: VirtualTime;
  #over = false;

  constructor(time: VirtualTime, handler: CallHandler) {
    this.#time = time;
    this.handler = handler;
  }

  after(delayMs: number, run: () => void): void {
    this.#time.after(delayMs, () => {
      if (!this.#over) run();
    });
  }

  head(answer: VendorAnswer, type: string): void {
    this.handler.head(answer.status, { ...answer.headers, "content-type": type });
  }

  finish(answer: VendorAnswer, type: string, body: Uint8Array): void {
    this.head(answer, type);
    this.end(body);
  }

  end(body: Uint8Array): void {
    if (this.#over) return;
    this.handler.data(body);
    if (this.#over) return;
    this.#over = true;
    this.handler.end();
  }

  fail(failure: Parameters<CallHandler["failed"]>[0]): void {
    this.#over = true;
    this.handler.failed(failure);
  }

  abort(): void {
    this.#over = true;
  }

  pause(): void {}

  resume(): void {}
}
