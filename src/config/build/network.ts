import { isIP } from "node:net";
import type { Config } from "../config.ts";
import type { Report } from "../problem.ts";
import type { Path } from "../text/document.ts";

/** Ranges behind the words that lists of addresses take (RFC 1122, 4291; RFC 1918, 6598, 4193, link-local). */
const ADDRESS_WORDS: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
  ],
};

/** Reads `HOST:PORT`; undefined when it is none. The port may be 0: the system chooses a free one. */
export function parseListen(text: string): Config["listen"] | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, portText] = match;
  const port = Number(portText);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  return plain === undefined ? undefined : { host: plain, port };
}

/** The listening address of a config; reports what cannot be one. Undefined: what stands there was reported before. */
export function buildListen(
  text: string | undefined,
  report: Report,
  path: Path = ["listen"],
): Config["listen"] {
  const listen = text === undefined ? undefined : parseListen(text);
  if (text !== undefined && listen === undefined) {
    report.problem(path, 'must be "HOST:PORT", such as "127.0.0.1:4283" or "[::1]:4283"');
  }
  return listen ?? { host: "127.0.0.1", port: 0 };
}

/** Trusted proxies as addresses and CIDR ranges. */
export function buildTrustedProxies(entries: readonly string[], report: Report): string[] {
  return buildAddresses(entries, ["trustedProxies"], report);
}

/** A list of addresses, its words spelled out; reports what is neither address, range nor word. */
export function buildAddresses(entries: readonly string[], path: Path, report: Report): string[] {
  return entries.flatMap((entry, at) => {
    const ranges = Object.hasOwn(ADDRESS_WORDS, entry) ? ADDRESS_WORDS[entry] : undefined;
    if (ranges !== undefined) return ranges;
    if (isAddressRange(entry)) return [entry];
    report.problem(
      [...path, at],
      'must be an IP address, a CIDR range such as "10.0.0.0/8", "loopback" or "private"',
    );
    return [];
  });
}

/** Whether a host to listen on is this machine's own: nobody else reaches it. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function isAddressRange(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

/** Origins for CORS: exactly as a browser sends them (RFC 6454 §7), or `*` alone. */
export function buildOrigins(entries: readonly string[], report: Report): readonly string[] {
  for (const [at, entry] of entries.entries()) {
    if (entry === "*" && entries.length === 1) continue;
    if (entry === "*") report.problem(["cors", "origins", at], '"*" stands alone', "remove the others");
    else if (!isOrigin(entry)) {
      report.problem(
        ["cors", "origins", at],
        'must be an origin as browsers send it, such as "https://chat.example.com": no path, no "/" at its end',
      );
    }
  }
  return entries;
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return text === `${url.protocol}//${url.host}` && url.host !== "";
  } catch {
    return false;
  }
}
