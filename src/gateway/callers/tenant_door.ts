import { GatewayError } from "../../core/errors.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import type { Front } from "../facts/front.ts";

/**
 * Refuses what a tenant may not do, whatever it asks for: throws `GatewayError` `address_not_allowed` for a client
 * elsewhere than its `addresses`, `format_not_allowed` for a path of a wire format that it may not speak.
 */
export function refuseAtDoor(front: Front, clientAddress: string, { access }: Tenant): void {
  if (access.allowsAddress?.(clientAddress) === false) {
    throw new GatewayError(
      "address_not_allowed",
      "Your API key may not be used from this address. Call from one that the operator allows, or ask for this one (the tenant's 'addresses').",
    );
  }
  if (front.kind !== "models" && access.allowsFormat?.(front.format.type) === false) {
    throw new GatewayError(
      "format_not_allowed",
      "Your API key may not use the API that this path belongs to. Use another format's path, or ask the operator to grant it (the tenant's 'formats').",
    );
  }
}
