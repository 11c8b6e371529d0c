import { GatewayError } from "../../core/errors.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { Format } from "../../formats/format.ts";
import type { Capture } from "../../recording/capture.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import type { AttemptsResult } from "../../upstream/attempts.ts";
import { filteredList, idsInAnswer, streamedResponseId } from "./account_objects.ts";
import type { HeldExchange } from "./held_exchange.ts";
import type { Issuers } from "./issuers.ts";
import type { PinTable } from "./pins.ts";

/** Who was answered, in which format, and where that is remembered. */
export interface AnswerOwner {
  readonly tenant: Tenant;
  readonly format: Format;
  readonly pins: PinTable;
  readonly issuers: Issuers;
}

/** Pins every object that an answer hands to the tenant, and every sealed text, to the endpoint that made it. */
export function keepNewObjects(
  result: AttemptsResult,
  capture: Capture,
  { tenant, format, pins, issuers }: AnswerOwner,
): void {
  const endpoint = result.candidate?.endpoint.id;
  const answer = capture.bytes();
  if (endpoint === undefined || answer === undefined || result.status < 200 || result.status > 299) return;
  const streamed = result.streamed ? streamedResponseId(answer) : undefined;
  const ids = result.streamed ? (streamed === undefined ? [] : [streamed]) : idsInAnswer(answer);
  for (const id of ids) pins.pin(id, { tenant: tenant.name, endpoint });
  const member = format.prompt?.sealed;
  if (member !== undefined) issuers.learn(answer, { tenant: tenant.name, member }, endpoint);
}

/**
 * Answers with a vendor's list, less what is not the tenant's: its own objects, and with the grant of everything
 * also those that no tenant of this gateway made. Throws `GatewayError` when the list did not arrive whole.
 */
export async function answerAccountList(
  exchange: Exchange,
  held: HeldExchange,
  tenant: Tenant,
  pins: PinTable,
): Promise<void> {
  const { answer } = held;
  if (exchange.gone) return;
  if (answer === undefined) {
    throw new GatewayError("upstream_truncated", "The upstream's list did not arrive whole. Try again.");
  }
  let { body } = answer;
  if (answer.status >= 200 && answer.status <= 299) {
    body = await filteredList(body, async (id) => {
      const pin = await pins.find(id);
      return pin === undefined ? tenant.grants.all : pin.tenant === tenant.name;
    });
  }
  exchange.head(answer.status, { ...answer.headers, "content-length": String(body.length) });
  exchange.end(body);
}
