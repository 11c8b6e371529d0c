import { registryOf } from "../../../../src/core/registry.ts";
import { poolFile, PROVIDERS } from "../../../../src/config/schema/pool_file.ts";
import type { Format } from "../../../../src/formats/format.ts";
import * as formatModule from "../../../../src/formats/mod.ts";
import type { VendorKind } from "../../../support/vendors/vendors.ts";

/** The formats of the program. */
export const FORMATS = registryOf<Format>(formatModule);

/** Whether a pool can be told what its upstreams speak. */
const CAN_NARROW = "formats" in poolFile.shape;

/** Whether a client of that format can be served by that vendor at all: natively, or with a translation on both sides. */
export function isReady(clientFormat: string, vendor: VendorKind): boolean {
  if (PROVIDERS.find(vendor.provider) === undefined) return false;
  const [asked, spoken] = [FORMATS.find(clientFormat), FORMATS.find(vendor.format)];
  if (asked === undefined || spoken === undefined) return false;
  if (asked === spoken) return true;
  return CAN_NARROW && asked.chat !== undefined && spoken.chat !== undefined;
}

/** The part of a pool that says what its upstreams speak. */
export function spoken(vendor: VendorKind): { readonly formats?: readonly string[] } {
  return CAN_NARROW ? { formats: [vendor.format] } : {};
}
