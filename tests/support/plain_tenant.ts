import { grantsOf } from "../../src/tenants/grants.ts";
import { DEFAULT_PRIORITY, type Tenant } from "../../src/tenants/tenant.ts";

/** A tenant that may use every model and the inference paths, from anywhere; `more` says what is different. */
export function plainTenant(name: string, more: Partial<Tenant> = {}): Tenant {
  return {
    name,
    allowsModel: () => true,
    access: { allowsAddress: undefined, allowsFormat: undefined, allowsPool: undefined },
    priority: DEFAULT_PRIORITY,
    grants: grantsOf(["inference"]),
    debug: false,
    overrides: [],
    records: "full",
    ...more,
  };
}
