const MAX_PORT = 65_535;

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (all addresses). Port 0 lets the system choose. Throws `RangeError`
 * for what is no address.
 */
export function listenAddress(text: string): { host: string; port: number } {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, "$1") ?? "";
  const port = Number(match?.[2] ?? Number.NaN);
  if (port <= MAX_PORT) return { host: host === "" ? "0.0.0.0" : host, port };
  throw new RangeError(`Cannot listen on '${text}': write HOST:PORT, as in 127.0.0.1:4283`);
}
