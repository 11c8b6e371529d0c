import { headerValue } from "../../../src/core/exchange.ts";
import type { Call, CallHandler, CallRequest } from "../../../src/upstream/call.ts";
import type { Chance } from "../world/chance.ts";
import type { VirtualTime } from "../world/virtual_time.ts";
import { type BilledAnswer, billedAnswer, type BilledFormat } from "./billed_answer.ts";
import { Network } from "./network.ts";
import { REQUEST_FIELD } from "./simulated_request.ts";

/** What a vendor writes on its bill for one call. */
export interface BillLine {
  /** Number of the client's request. */
  readonly request: number;
  inputTokens: number;
  outputTokens: number;
  /** The answer went out to its end, with the vendor's own count in it. */
  told: boolean;
  status: number;
}

/** Shares of calls that go wrong. */
export interface BilledFaults {
  readonly refused: number;
  /** Broken off at a random piece, by a reset or in good order. */
  readonly cut: number;
}

const FIRST_MS = 200;
const PIECE_MS = 50;

const encoder = new TextEncoder();

/** Vendors that charge for the input of what they answer and for each token that they wrote until they were stopped. */
export class BillingNetwork extends Network {
  readonly bill: BillLine[] = [];
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #faults: BilledFaults;

  constructor(time: VirtualTime, chance: Chance, faults: BilledFaults) {
    super(time, []);
    this.#time = time;
    this.#chance = chance;
    this.#faults = faults;
  }

  override startCall(sent: CallRequest, handler: CallHandler): Call {
    if (!(sent.body instanceof Uint8Array)) throw new Error("a request without a body");
    const request = Number(headerValue(sent.headers, REQUEST_FIELD));
    const line: BillLine = { request, inputTokens: 0, outputTokens: 0, told: false, status: 0 };
    this.bill.push(line);
    const call = new BilledCall(this.#time, handler, line);
    call.after(5, () => {
      handler.sent();
      this.#answer(call, sent.url, new TextDecoder().decode(sent.body as Uint8Array));
    });
    return call;
  }

  #answer(call: BilledCall, url: string, body: string): void {
    if (this.#chance.happens(this.#faults.refused)) {
      // At once: of a refusal that is still on its way when the client leaves nobody could know.
      return call.refuse(500);
    }
    const format = formatAt(url);
    const stream = /"stream":true/.test(body) || url.includes(":stream");
    // No tokenizer counts as we do: four bytes, give or take a twelfth.
    const inputTokens = Math.round(body.length / 4 * this.#chance.between(0.92, 1.08));
    const asksUsage = body.includes('"include_usage":true');
    const answer = billedAnswer({ format, stream, asksUsage, inputTokens }, this.#chance);
    const isCut = this.#chance.happens(this.#faults.cut);
    const cutAt = isCut && stream ? Math.floor(this.#chance.number() * answer.pieces.length) : Infinity;
    call.begin(inputTokens);
    call.after(FIRST_MS, () => call.answer(answer, cutAt, this.#chance.happens(0.5)));
  }
}

function formatAt(url: string): BilledFormat {
  if (url.includes("/chat/completions")) return "openai_chat";
  if (url.includes("/responses")) return "openai_responses";
  return url.includes("/messages") ? "anthropic_messages" : "gemini_generate";
}

class BilledCall implements Call {
  readonly #time: VirtualTime;
  readonly #handler: CallHandler;
  readonly #line: BillLine;
  #over = false;

  constructor(time: VirtualTime, handler: CallHandler, line: BillLine) {
    this.#time = time;
    this.#handler = handler;
    this.#line = line;
  }

  after(delayMs: number, run: () => void): void {
    this.#time.after(delayMs, () => {
      if (!this.#over) run();
    });
  }

  /** From now on the input is charged. */
  begin(inputTokens: number): void {
    this.#line.inputTokens = inputTokens;
  }

  refuse(status: number): void {
    this.#line.status = status;
    this.#handler.head(status, { "content-type": "application/json" });
    if (!this.#over) this.#handler.data(encoder.encode('{"error":{"message":"Refused."}}'));
    if (!this.#over) this.#finish();
  }

  answer({ pieces, contentType }: BilledAnswer, cutAt: number, byReset: boolean): void {
    this.#line.status = 200;
    this.#handler.head(200, { "content-type": contentType });
    const send = (at: number) => {
      if (at >= cutAt) {
        if (!byReset) return this.#finish();
        this.#over = true;
        return this.#handler.failed({ kind: "reset_in_body", sent: true });
      }
      const piece = pieces[at];
      if (piece === undefined) return this.#finish();
      this.#line.outputTokens = piece.tokens;
      this.#line.told = at === pieces.length - 1;
      this.#handler.data(piece.bytes);
      if (!this.#over) this.after(PIECE_MS, () => send(at + 1));
    };
    if (!this.#over) send(0);
  }

  abort(): void {
    this.#over = true;
  }

  pause(): void {}

  resume(): void {}

  #finish(): void {
    this.#over = true;
    this.#handler.end();
  }
}
