import { startGateway, type TestGateway } from "../../../support/start_gateway.ts";
import type { Vendor } from "../../../support/vendors/vendor_server.ts";
import type { VendorKind } from "../../../support/vendors/vendors.ts";
import { spoken } from "./readiness.ts";

/** A gateway whose only pool is that vendor, asked once a request. */
export function vendorGateway(kind: VendorKind, vendor: Vendor): Promise<TestGateway> {
  return startGateway({
    config: {
      pools: [{
        provider: kind.provider,
        ...spoken(kind),
        upstreams: [{ url: vendor.url }],
        keys: [vendor.key],
        models: [kind.model],
      }],
      // What fails is told at once: the matrix looks at errors, not at patience.
      defaults: { retry: { wait: "0s" } },
    },
  });
}
