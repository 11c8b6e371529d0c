import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Runtime } from "../../core/runtime.ts";
import { newHeaders, refuse, respond } from "./respond.ts";
import { parseSimulatedUrl } from "./script.ts";
import { Vendor, type VendorCounts } from "./vendor.ts";
import { VendorRefusal } from "./vendor_refusal.ts";

/** What the simulated vendors are made with. */
export interface SimulatedVendorsOptions {
  readonly runtime: Runtime;
}

/** All simulated vendors of a process, behind one loopback port. */
export interface SimulatedVendors {
  /**
   * The base URL (ending in `/v1`) that answers for a declared `simulated://…` URL; the same for the same text.
   * Throws `RangeError` for one that `parseSimulatedUrl` refuses.
   */
  urlOf(declaredUrl: string): string;
  /** What the vendor of a declared URL did so far; live. Throws as {@link urlOf} does. */
  countsOf(declaredUrl: string): Readonly<VendorCounts>;
  /** Stops listening and cuts what is being answered. */
  close(): Promise<void>;
}

/** Most vendors remembered; beyond, the one first asked for is forgotten and begins anew if it is asked again. */
const MAX_VENDORS = 1000;
/** How long a connection may idle; longer than clients keep theirs, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;

const SCHEME = "simulated://";

/**
 * Starts the simulated vendors on a free port of 127.0.0.1. What a vendor is stands in its path: what follows
 * `simulated://`, percent-encoded as one segment; so the port keeps no list that a config would have to match.
 */
export async function startSimulatedVendors({ runtime }: SimulatedVendorsOptions): Promise<SimulatedVendors> {
  const vendors = new Map<string, Vendor>();
  const vendorOf = (segment: string): Vendor => {
    let vendor = vendors.get(segment);
    if (vendor === undefined) {
      vendor = new Vendor(parseSimulatedUrl(SCHEME + decodeURIComponent(segment)), runtime);
      const [first] = vendors.keys();
      if (first !== undefined && vendors.size >= MAX_VENDORS) vendors.delete(first);
      vendors.set(segment, vendor);
    }
    return vendor;
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, response) => {
    route(vendorOf, incoming, response, runtime);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    urlOf(declaredUrl) {
      const segment = segmentOf(declaredUrl);
      vendorOf(segment);
      return `http://127.0.0.1:${port}/${segment}/v1`;
    },
    countsOf: (declaredUrl) => vendorOf(segmentOf(declaredUrl)).counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The path segment of a declared URL; throws `RangeError` for one of another scheme. */
function segmentOf(declaredUrl: string): string {
  if (!declaredUrl.startsWith(SCHEME)) {
    throw new RangeError(`Cannot use '${declaredUrl}': it is no ${SCHEME} URL`);
  }
  return encodeURIComponent(declaredUrl.slice(SCHEME.length));
}

function route(
  vendorOf: (segment: string) => Vendor,
  incoming: IncomingMessage,
  response: ServerResponse,
  runtime: Runtime,
): void {
  const url = incoming.url ?? "/";
  const slash = url.indexOf("/", 1);
  const mark = url.indexOf("?");
  let vendor: Vendor;
  try {
    vendor = vendorOf(url.slice(1, slash < 0 ? undefined : slash));
  } catch (error) {
    // What is no script (RangeError) or no percent-encoding (URIError) is a wrong address; all else is a fault of ours.
    if (!(error instanceof RangeError || error instanceof URIError)) throw error;
    incoming.resume();
    return refuse(
      response,
      newHeaders(runtime),
      new VendorRefusal(404, "No simulated vendor has this address"),
    );
  }
  const path = slash < 0 ? "/" : url.slice(slash, mark < 0 ? undefined : mark);
  respond(vendor, { path, query: mark < 0 ? "" : url.slice(mark + 1) }, incoming, response, runtime);
}
