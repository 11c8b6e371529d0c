import { isIP } from "node:net";

import type { Log } from "../core/log.ts";
import { addressList } from "../core/network/address_list.ts";

/** Requests of one sample of {@link clientAddressWatch}. */
const SAMPLE_REQUESTS = 200;

/** Share of one address in a sample from which on it stands for a proxy and not for a client. */
const ONE_ADDRESS_SHARE = 0.95;

const privateRanges = addressList([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
]);

/**
 * Makes an observer of client addresses that says once, as a warning, when nearly all of 200 requests show the
 * same private address: then a proxy stands before us that is not trusted, and limits and affinity by address
 * take all clients for one. Loopback is left out: it is trusted by default and otherwise really one client.
 */
export function clientAddressWatch(log: Log): (address: string) => void {
  let seen = 0;
  let candidate = "";
  let ofCandidate = 0;
  let isSaid = false;
  return (address) => {
    if (isSaid) return;
    if (seen === 0) [candidate, ofCandidate] = [address, 0];
    seen++;
    if (address === candidate) ofCandidate++;
    if (seen < SAMPLE_REQUESTS) return;
    seen = 0;
    if (ofCandidate < SAMPLE_REQUESTS * ONE_ADDRESS_SHARE || !isPrivate(candidate)) return;
    isSaid = true;
    log.warn(
      "Nearly all requests come from one private address: add it to trustedProxies if it is your proxy, so that clients can be told apart",
      { address: candidate, requests: SAMPLE_REQUESTS },
    );
  };
}

function isPrivate(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && privateRanges.check(address, version === 6 ? "ipv6" : "ipv4");
}
