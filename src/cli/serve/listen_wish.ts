import { listenAddress } from "./listen_address.ts";

/**
 * What the command line and the environment say of the address; what is left out is the config's business. The flag
 * goes before `TIDEGATE_LISTEN`; `PORT`, which hosting platforms set beside an image's own variables, changes the
 * port of whatever the flag does not name. Throws `RangeError` for what is no address or port.
 */
export function listenWish(
  flag: string | undefined,
  env: (name: string) => string | undefined,
): { host?: string; port?: number } {
  if (flag !== undefined) return listenAddress(flag);
  const variable = env("TIDEGATE_LISTEN") ?? "";
  const port = env("PORT") ?? "";
  return {
    ...(variable === "" ? {} : listenAddress(variable)),
    ...(port === "" ? {} : { port: portOf(port) }),
  };
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`Cannot listen on the port '${text}' of PORT: write a number from 0 to 65535`);
}
