import { GatewayError } from "../../core/errors.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import { authenticate, type Caller } from "../authenticate.ts";
import type { Front } from "../facts/front.ts";
import type { RequestContext } from "../request_context.ts";
import type { HandleRoom } from "../room.ts";
import { refuseAtDoor } from "./tenant_door.ts";

/**
 * Finds out who calls and notes it in its key's uses and its tenant's rates; `more`: credentials found where only this kind of request has them.
 * Throws `GatewayError` as `authenticate` and `refuseAtDoor` do; an address that sent too many wrong keys is told to
 * wait: 429 `rate_limited`.
 */
export function identifyCaller(
  room: Pick<HandleRoom, "keyUses" | "rates" | "admissions" | "runtime">,
  context: RequestContext,
  front: Front,
  more: readonly string[] = [],
): Tenant {
  const { clientAddress, startedMs: nowMs } = context;
  const caller = context.caller = callerOf(room, context, more);
  refuseAtDoor(front, clientAddress, caller.tenant);
  room.keyUses.note(caller, { address: clientAddress, nowMs });
  // A look at the list of models, or at what one spent, is no request to any model.
  if (front.kind !== "models") room.rates.tenants.began(caller.tenant.name, room.runtime.monotonic());
  return caller.tenant;
}

function callerOf(
  { admissions, runtime }: Pick<HandleRoom, "admissions" | "runtime">,
  { exchange, generation, clientAddress, startedMs: nowMs }: RequestContext,
  more: readonly string[],
): Caller {
  const { cors: { origins } } = generation.config;
  try {
    return authenticate(exchange, generation.keys, { nowMs, clientAddress, origins }, more);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "invalid_api_key") throw error;
    const waitMs = admissions.logins.failed(clientAddress, runtime.monotonic());
    if (waitMs === 0) throw error;
    throw new GatewayError(
      "rate_limited",
      "Too many wrong API keys came from your address. Try again later, with a key that the operator of this gateway gave you.",
      { retryAfterMs: waitMs },
    );
  }
}
