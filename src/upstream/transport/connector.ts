import { buildConnector, errors } from "undici";
import type { Socket } from "node:net";
import type { Runtime } from "../../core/runtime.ts";

/**
 * Makes connections, HTTP/1.1 only, and gives one up that is not made within `giveUpMs`: as
 * `UND_ERR_CONNECT_TIMEOUT`. The client's own timer for this is coarse and goes on running when nobody waits.
 */
export function connectorWith(runtime: Runtime, giveUpMs: number): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, timeout: 0 });
  return (options, callback) => {
    const timer = runtime.after(giveUpMs, () => socket.destroy(new errors.ConnectTimeoutError()));
    const made: buildConnector.Callback = (...result) => {
      timer.cancel();
      callback(...result);
    };
    // The connector returns the socket it is about to connect (lib/core/connect.js); its type only hides that.
    const socket = connect(options, made) as unknown as Socket;
  };
}
