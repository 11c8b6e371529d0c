import { counter, gauge, histogram, type Metric } from "../metric.ts";

/** Upper bounds of stalls, in seconds. Below a tick of the timer wheel (20 ms) nothing is seen. */
const STALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Endpoints and their health. */
const ENDPOINTS: readonly Metric[] = [
  gauge(
    "endpoints",
    ["pool", "state"],
    "Endpoints of the config in force: usable, unused (of weight 0), disabled, invalid, cooldown, ejected or probation (one request finds out whether it works again).",
  ),
  gauge("pool_attempts_in_flight", ["pool"], "Calls of upstreams under way."),
  counter(
    "health_marks",
    ["state", "cause"],
    "Marks that were set on keys, quota groups, upstreams and models on a key.",
  ),
  counter("health_lifts", ["state", "cause"], "Marks that were taken off before their time."),
  counter("model_lists", ["pool", "result"], "Lists of models that upstreams were asked for: ok or failed."),
  counter("probes", ["pool", "outcome"], "Probes of endpoints that are out, by their outcome's class."),
];

/** Records, state and logs: what goes to the disk. */
const STORAGE: readonly Metric[] = [
  counter("records_written", [], "Records written."),
  counter("records_bytes", [], "Bytes of records written, lines for training included."),
  counter(
    "records_dropped",
    ["reason"],
    "Records lost: too many waited, one could not be built, or the process ended.",
  ),
  counter(
    "records_demoted",
    [],
    "Records that were kept without their bodies, because too many bytes waited.",
  ),
  counter("records_unassembled", [], "Records whose streamed answer could not be put together."),
  counter("records_write_failures", [], "Writes of records that failed and were tried again."),
  counter("records_files_deleted", [], "Files of records deleted for their age or for room."),
  gauge("records_waiting", [], "Records not yet written."),
  gauge("records_failing", [], "1 while records cannot be written."),
  counter("state_changes_dropped", ["reason"], "Changes of state that were not saved."),
  counter("state_write_failures", [], "Writes of state that failed and were tried again."),
  gauge("state_changes_waiting", [], "Changes of state not yet saved."),
  gauge("state_failing", [], "1 while state cannot be saved."),
  gauge(
    "state_store_info",
    ["store"],
    "1, with the kind of store in use: memory where the wanted one cannot be used.",
  ),
  counter("log_lines_dropped", ["file"], "Log lines that a file could not take."),
];

/** Bytes that are held, each kind within a budget of its own. */
const MEMORY: readonly Metric[] = [
  gauge("request_body_bytes", [], "Bytes of request bodies held, of announced ones all from the beginning."),
  gauge("captured_bytes", [], "Bytes of answers held for records not yet written."),
  gauge("held_answer_bytes", [], "Bytes of answers held until they are whole."),
  gauge("heap_used_bytes", [], "Bytes of objects in use."),
  gauge("external_bytes", [], "Bytes of buffers outside the heap."),
];

/** Config and alerts. */
const CONTROL: readonly Metric[] = [
  gauge("ready", [], "1 while /readyz says ready."),
  gauge("config_generation", [], "Number of the config in force; grows with every one that came into force."),
  gauge(
    "config_applied_timestamp_seconds",
    [],
    "When the config in force came into force, as seconds since 1970.",
  ),
  gauge("config_up_to_date", [], "0 while the newest config was refused and the one before it serves."),
  gauge("config_missing_secrets", [], "Secrets that the config names and nobody provides."),
  counter("config_reloads", ["result"], "Configs that were read anew: applied or refused."),
  counter("alerts", ["kind"], "Alerts, by what they are about."),
  counter("alerts_sent", ["webhook"], "Alerts that a webhook took, by the webhook's type."),
  counter("alerts_unsent", ["webhook"], "Alerts that a webhook did not take."),
];

/** The process itself. */
const PROCESS: readonly Metric[] = [
  gauge("connections", [], "Open connections of clients, idle ones included."),
  counter("listener_reopened", [], "Times the listener took no connections any more and was opened anew."),
  counter("internal_errors", [], "Requests that failed by a fault of the gateway; its log tells which."),
  counter("stray_faults", ["kind"], "Errors that nobody caught; its log tells which."),
  histogram(
    "event_loop_lag_seconds",
    [],
    "How late timers of 20 ms come; what is late here keeps every request waiting.",
    { buckets: STALL_SECONDS },
  ),
  gauge("build_info", ["version", "deno"], "1, with the versions of the gateway and of its runtime."),
  known("process_start_time_seconds", "gauge", "When the process started, as seconds since 1970."),
  known("process_resident_memory_bytes", "gauge", "Memory of the process, as the system counts it."),
  known("process_cpu_seconds_total", "counter", "CPU time of the process, system and user."),
];

/** By a name that Prometheus' own clients use (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). */
function known(name: string, kind: "gauge" | "counter", help: string): Metric {
  return { name, shown: name, kind, help, labels: [] };
}

/** Everything that is not about single requests. */
export const UPKEEP_METRICS: readonly Metric[] = [
  ...ENDPOINTS,
  ...STORAGE,
  ...MEMORY,
  ...CONTROL,
  ...PROCESS,
];
