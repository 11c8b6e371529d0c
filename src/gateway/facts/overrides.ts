import { DURATION_PATTERN, formatDuration, parseDurationMs } from "../../config/schema/duration.ts";
import { GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { OverrideName, Tenant } from "../../tenants/tenant.ts";

/** What one request asks for in place of what the config says. */
export interface Overrides {
  /** `x-tidegate-deadline`: from the request's arrival to its answer's last byte, in milliseconds. */
  readonly deadlineMs?: number;
  /** `x-tidegate-pool`: the only pool that may serve it. */
  readonly pool?: string;
  /** `x-tidegate-record: off`: it is not recorded. */
  readonly unrecorded?: true;
}

/** The longest deadline a request may set, in milliseconds. */
const MAX_DEADLINE_MS = 86_400_000;

/**
 * Reads the `x-tidegate-*` header fields of a request; others of that prefix are nobody's and mean nothing.
 * Throws `GatewayError`: `header_not_allowed` for one that the tenant may not use, `invalid_header` for a value
 * that means nothing here.
 */
export function readOverrides(headers: HeaderFields, tenant: Tenant): Overrides {
  const deadline = valueOf("deadline", headers, tenant);
  const pool = valueOf("pool", headers, tenant);
  const record = valueOf("record", headers, tenant);
  if (record !== undefined && record !== "off") throw invalid("record", 'must be "off"');
  return {
    ...(deadline === undefined ? {} : { deadlineMs: deadlineMs(deadline) }),
    ...(pool === undefined ? {} : { pool }),
    ...(record === undefined ? {} : { unrecorded: true }),
  };
}

/** Says that a field's value means nothing here. */
export function invalid(name: OverrideName, fault: string): GatewayError {
  return new GatewayError("invalid_header", `The header x-tidegate-${name} ${fault}.`, {
    param: `x-tidegate-${name}`,
  });
}

function valueOf(name: OverrideName, headers: HeaderFields, tenant: Tenant): string | undefined {
  const value = headers[`x-tidegate-${name}`];
  if (value === undefined) return undefined;
  if (!tenant.overrides.includes(name)) {
    throw new GatewayError(
      "header_not_allowed",
      `Your API key may not use the header x-tidegate-${name}. Leave it out, or ask the operator to grant it (the tenant's 'overrides').`,
      { param: `x-tidegate-${name}` },
    );
  }
  if (typeof value !== "string") throw invalid(name, "stands there more than once. Send it once");
  return value.trim();
}

function deadlineMs(text: string): number {
  const ms = DURATION_PATTERN.test(text) ? parseDurationMs(text) : 0;
  if (ms >= 1 && ms <= MAX_DEADLINE_MS) return ms;
  throw invalid("deadline", `must be a duration such as "30s", at most ${formatDuration(MAX_DEADLINE_MS)}`);
}
