import process from "node:process";
import manifest from "../../../../deno.json" with { type: "json" };
import type { Observer } from "../../../core/observe.ts";
import type { Runtime } from "../../../core/runtime.ts";

/** Shows the process: its build, memory, CPU time, and when it started, which is now. */
export function showProcess(observer: Observer, runtime: Pick<Runtime, "now">): void {
  const startSeconds = runtime.now() / 1_000;
  observer.gauge(
    "build_info",
    () => [{ labels: { version: manifest.version, deno: Deno.version.deno }, value: 1 }],
  );
  observer.gauge("process_start_time_seconds", () => startSeconds);
  observer.gauge("process_resident_memory_bytes", () => Deno.memoryUsage().rss);
  observer.gauge("heap_used_bytes", () => Deno.memoryUsage().heapUsed);
  observer.gauge("external_bytes", () => Deno.memoryUsage().external);
  observer.gauge("process_cpu_seconds_total", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
}
