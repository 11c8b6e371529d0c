import type { IncomingMessage } from "node:http";

import { GatewayError } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Deadlines } from "./connections/deadlines.ts";

/**
 * Slowest body that is still taken for a living client, in bytes a second of waiting; 500 is what Apache's
 * mod_reqtimeout asks. Without it one byte every 29 s would hold a request for ever.
 */
const MIN_BYTES_PER_SECOND = 500;

/** What waiting for a body needs. */
export interface BodyWait {
  readonly runtime: Runtime;
  readonly deadlines: Deadlines;
  /** How long a body may pause. */
  readonly bodyStallMs: number;
}

/** Whoever may say that nobody waits for the body any more. */
export interface BodyLeaver {
  readonly isLeft: () => boolean;
  /** Calls `left` when that happens. */
  readonly onLeft: (left: () => void) => void;
}

/**
 * The request's body as it arrives; reading slowly slows the client. Only time spent waiting for the client
 * counts: throws `GatewayError` `request_timeout` after `bodyStallMs` without a byte, or when the whole wait is
 * longer than `bodyStallMs` and `MIN_BYTES_PER_SECOND` allow; `client_gone` when the client left midway, or the request was given up.
 */
export async function* requestBody(
  request: IncomingMessage,
  { runtime, deadlines, bodyStallMs: stallMs }: BodyWait,
  leaver?: BodyLeaver,
): AsyncGenerator<Uint8Array> {
  let wake: (() => void) | undefined;
  const onSign = () => wake?.();
  request.on("readable", onSign).on("close", onSign);
  leaver?.onLeft(onSign);
  try {
    let receivedBytes = 0;
    let waitedMs = 0;
    for (;;) {
      if (leaver?.isLeft() === true) {
        throw new GatewayError("client_gone", "The request was given up before its body had arrived.");
      }
      // Without an encoding set, read() gives a Buffer or null; its type says `any`.
      const chunk = request.read() as Uint8Array | null;
      if (chunk !== null) {
        receivedBytes += chunk.length;
        yield chunk;
        continue;
      }
      if (request.complete) return;
      if (request.destroyed) {
        throw new GatewayError("client_gone", "The client left before its body had arrived.");
      }
      const allowedMs = stallMs + receivedBytes / MIN_BYTES_PER_SECOND * 1000 - waitedMs;
      const since = runtime.monotonic();
      const inTime = await new Promise<boolean>((resolve) => {
        const timer = deadlines.after(Math.min(stallMs, Math.max(0, allowedMs)), () => resolve(false));
        wake = () => {
          timer.cancel();
          resolve(true);
        };
      });
      waitedMs += runtime.monotonic() - since;
      if (!inTime && !request.complete) {
        throw new GatewayError(
          "request_timeout",
          "The request's body stopped arriving; send it again without pauses.",
        );
      }
    }
  } finally {
    request.off("readable", onSign).off("close", onSign);
  }
}
