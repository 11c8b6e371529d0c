import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";

/**
 * Keeps the process alive when a promise is rejected and nobody looked, or an error leaves a timer or an event:
 * Deno would end the process and with it every stream of every client. Each is counted (`stray_faults`) and
 * logged. Returns the function that takes the guards away.
 */
export function guardProcess(log: Log, observer: Observer): () => void {
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    observer.count("stray_faults", { kind: "rejection" });
    log.error("A promise was rejected and nobody looked; the gateway goes on", { fault: event.reason });
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    observer.count("stray_faults", { kind: "error" });
    log.error("An error was thrown and nobody caught it; the gateway goes on", { fault: event.error });
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return () => {
    globalThis.removeEventListener("unhandledrejection", onRejection);
    globalThis.removeEventListener("error", onError);
  };
}
