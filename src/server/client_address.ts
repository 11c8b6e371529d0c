import { isIP } from "node:net";

import type { HeaderFields } from "../core/exchange.ts";
import { addressList } from "../core/network/address_list.ts";
import { remember } from "../core/memory/remember.ts";

/** Finds out where a request comes from; the address is normalised, IPv4 never in its IPv6 dress. */
export type ClientAddress = (remoteAddress: string, headers: HeaderFields) => string;

/** Most hops that are looked at: more than any real chain of proxies, few enough that a long header costs nothing. */
const MAX_HOPS = 32;

/** Addresses of which it is remembered how they are written plainly and whether they are trusted. */
const REMEMBERED_ADDRESSES = 5_000;

/**
 * Makes the reader of the client's address. Forwarding headers are believed only as far as trusted proxies wrote
 * them: from the socket's peer backwards, the first hop that is not `trusted` (addresses or CIDR ranges) is the
 * client, so a forged header changes nothing. `x-forwarded-for` goes before `forwarded` (RFC 7239).
 * Throws `TypeError` for an entry that is neither an address nor a range.
 */
export function clientAddressReader(trusted: readonly string[]): ClientAddress {
  const proxies = addressList(trusted);
  const isTrusted = remember(
    (address) => proxies.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"),
    REMEMBERED_ADDRESSES,
  );
  return (remoteAddress, headers) => {
    let client = plainAddress(remoteAddress) ?? remoteAddress;
    if (isIP(client) === 0 || !isTrusted(client)) return client;
    for (const hop of forwardedHops(headers)) {
      const address = plainAddress(hop);
      // Beyond an obfuscated or broken hop nothing is known; the last proxy that named itself stands for the client.
      if (address === undefined) return client;
      client = address;
      if (!isTrusted(address)) return client;
    }
    return client;
  };
}

/** The hops that proxies wrote down, nearest first. */
function forwardedHops(headers: HeaderFields): string[] {
  const xForwardedFor = joined(headers["x-forwarded-for"]);
  if (xForwardedFor !== undefined) return lastParts(xForwardedFor);
  const forwarded = joined(headers["forwarded"]);
  if (forwarded === undefined) return [];
  return lastParts(forwarded).map((element) => /(?:^|;)\s*for\s*=\s*"?([^";]*)"?/i.exec(element)?.[1] ?? "");
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}

function lastParts(list: string): string[] {
  return list.split(",").slice(-MAX_HOPS).reverse();
}

/** An address without port, brackets, zone and IPv4-in-IPv6 dress; undefined when there is none. */
const plainAddress = remember((hop): string | undefined => {
  let address = hop.trim();
  if (address.startsWith("[")) address = address.slice(1, Math.max(1, address.indexOf("]")));
  else if (/^[\d.]+:\d+$/.test(address)) address = address.slice(0, address.indexOf(":"));
  const zone = address.indexOf("%");
  if (zone >= 0) address = address.slice(0, zone);
  address = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return isIP(address) === 0 ? undefined : address;
}, REMEMBERED_ADDRESSES);
