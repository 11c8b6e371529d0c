import { buildConnector, errors } from "undici";
import type { Socket } from "node:net";
import { getCACertificates } from "node:tls";
import type { Runtime } from "../../core/runtime.ts";

/** `authorities` and the system's certificates, in PEM: those that are handed to a handshake are the only ones it believes. */
export function believed(authorities: readonly string[]): string[] {
  return [...authorities, ...getCACertificates("default")];
}

/** Codes of a handshake that failed for want of a certificate to believe (Node's `tls`, X509 errors). */
const UNBELIEVED = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/**
 * Makes connections, HTTP/1.1 only, and gives one up that is not made within `giveUpMs`: as
 * `UND_ERR_CONNECT_TIMEOUT`. The client's own timer for this is coarse and goes on running when nobody waits.
 * `authorities`: certificates in PEM that are believed beside the system's.
 */
export function connectorWith(
  runtime: Runtime,
  giveUpMs: number,
  authorities: readonly string[] = [],
): buildConnector.connector {
  const isNarrow = authorities.length > 0;
  let wide: buildConnector.connector | undefined;
  let known = connectorBelieving(isNarrow ? [...authorities] : undefined);
  return (options, callback) => {
    let socket: Socket | undefined;
    const timer = runtime.after(giveUpMs, () => socket?.destroy(new errors.ConnectTimeoutError()));
    const start = (connect: buildConnector.connector) => {
      const made: buildConnector.Callback = (...result) => {
        const [error] = result;
        const isSecondChance = error !== null && isNarrow && connect !== wide &&
          UNBELIEVED.has(codeOf(error));
        if (isSecondChance) return start(wide ??= connectorBelieving(believed(authorities)));
        // Reading all of the system's certificates costs a handshake tens of milliseconds: only a host that needs them pays.
        if (error === null && connect === wide) known = wide;
        timer.cancel();
        callback(...result);
      };
      // The connector returns the socket it is about to connect (lib/core/connect.js); its type only hides that.
      socket = connect(options, made) as unknown as Socket;
    };
    // A handshake inside a tunnel has one chance.
    const hasOneChance = isNarrow && options.httpSocket !== undefined;
    start(hasOneChance ? wide ??= connectorBelieving(believed(authorities)) : known);
  };
}

function connectorBelieving(ca: string[] | undefined): buildConnector.connector {
  return buildConnector({ allowH2: false, timeout: 0, ...(ca === undefined ? {} : { ca }) });
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
