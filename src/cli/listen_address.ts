/** Where the gateway listens unless someone says otherwise: GATE on a phone's keys. */
const DEFAULT_HOST = "127.0.0.1";

/**
 * The address of `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (all addresses); `port` (the variable `PORT`, which hosts set)
 * changes the port alone. Undefined when neither says anything. Throws `RangeError` for what is no address.
 */
export function listenAddress(
  address: string | undefined,
  port: string | undefined,
): { host: string; port: number } | undefined {
  if (address !== undefined && address !== "") {
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, "$1");
    return {
      host: host === "" ? "0.0.0.0" : host,
      port: portOf(colon < 0 ? "" : address.slice(colon + 1), address),
    };
  }
  return port === undefined || port === "" ? undefined : { host: DEFAULT_HOST, port: portOf(port, port) };
}

function portOf(text: string, whole: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  throw new RangeError(`Cannot listen on '${whole}': write HOST:PORT, as in 127.0.0.1:4283`);
}
