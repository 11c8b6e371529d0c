import type { HeaderFields } from "../../core/exchange.ts";
import type { Admissions } from "../../limits/admissions.ts";
import { limitError } from "../../limits/limit_error.ts";
import type { QueuedRequest } from "../../limits/queue/tenant_lines.ts";
import { rateFields } from "../../limits/rate_fields.ts";
import { type ActualUse, Reservation } from "../../limits/reservation.ts";
import { GatewayError } from "../../core/errors.ts";
import type { CallerScopes } from "./limit_table.ts";

/** How a request ended, as far as its limits care. */
export interface AdmissionEnd {
  /** Whether any upstream was asked. */
  readonly asked: boolean;
  /** Whether what it cost is told afterwards, by {@link RequestAdmission.settle}. */
  readonly accounted: boolean;
  /** Bytes of both bodies. */
  readonly bytes: number;
}

/** A request at its limits. */
export type EnteringRequest = Omit<QueuedRequest, "scopes" | "queue">;

/** One limited request, from its arrival at the limits to its last fact. */
export class RequestAdmission {
  readonly #admissions: Admissions;
  readonly #scopes: CallerScopes;
  readonly #anthropic: boolean;
  #reservation: Reservation | undefined;

  /** `anthropic`: the client speaks one of Anthropic's formats. */
  constructor(admissions: Admissions, scopes: CallerScopes, anthropic: boolean) {
    this.#admissions = admissions;
    this.#scopes = scopes;
    this.#anthropic = anthropic;
  }

  /**
   * Reserves what the request may cost, after a wait where its tenant has a queue. Throws `GatewayError`: what is
   * short, or `client_gone`.
   */
  async enter(request: EnteringRequest): Promise<void> {
    const { scopes, queue } = this.#scopes;
    const { lines } = this.#admissions;
    const asked = { ...request, scopes, queue };
    const found = lines.admit(asked);
    const answer = found instanceof Promise ? await found : found;
    if (answer === undefined) throw new GatewayError("client_gone", "The client left while it waited.");
    if (!(answer instanceof Reservation)) throw limitError(answer, this.#admissions.now().monotonicMs);
    this.#reservation = answer;
  }

  /** The fields that tell the client what is left. */
  fields(): HeaderFields {
    const { scopes, legacyFields } = this.#scopes;
    const { desk } = this.#admissions;
    const standings = scopes.flatMap((scope) => desk.standings(scope));
    const style = { anthropic: this.#anthropic, legacy: legacyFields };
    return rateFields(standings, style, this.#admissions.now());
  }

  /** What the request really took, once that is known; see {@link Reservation.settle}. */
  settle(actual: ActualUse): void {
    this.#reservation?.settle(actual);
  }

  /** The request is over. */
  end({ asked, accounted, bytes }: AdmissionEnd): void {
    if (!asked) return this.#reservation?.giveBack();
    if (!accounted) this.#reservation?.settle({});
    this.#reservation?.release(bytes);
  }
}
