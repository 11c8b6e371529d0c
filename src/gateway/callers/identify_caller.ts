import type { Tenant } from "../../tenants/tenant.ts";
import { authenticate } from "../authenticate.ts";
import type { Front } from "../facts/front.ts";
import type { RequestContext } from "../request_context.ts";
import type { HandleRoom } from "../room.ts";
import { refuseAtDoor } from "./tenant_door.ts";

/**
 * Finds out who calls and notes the use of its key; `more`: credentials found where only this kind of request has them.
 * Throws `GatewayError` as `authenticate` and `refuseAtDoor` do.
 */
export function identifyCaller(
  { keyUses }: Pick<HandleRoom, "keyUses">,
  context: RequestContext,
  front: Front,
  more: readonly string[] = [],
): Tenant {
  const { exchange, generation, clientAddress, startedMs: nowMs } = context;
  const { cors: { origins } } = generation.config;
  const caller = authenticate(exchange, generation.keys, { nowMs, clientAddress, origins }, more);
  context.caller = caller;
  refuseAtDoor(front, clientAddress, caller.tenant);
  keyUses.note(caller, { address: clientAddress, nowMs });
  return caller.tenant;
}
