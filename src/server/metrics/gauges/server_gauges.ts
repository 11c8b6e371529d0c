import type { Observer } from "../../../core/observe.ts";
import type { Gateway } from "../../../gateway/gateway.ts";
import type { Admissions } from "../../../limits/admissions.ts";
import type { ConfigInForce } from "../../config_in_force.ts";
import type { Listener } from "../../listener/listen.ts";

/** What {@link showServer} reads. */
export interface ServerGaugeParts {
  readonly gateway: Gateway;
  /** Where requests of limited tenants wait. */
  readonly lines: Pick<Admissions["lines"], "size">;
  readonly inForce: Pick<ConfigInForce, "fault" | "missing">;
  readonly listener: Pick<Listener, "connections">;
  readonly isReady: () => boolean;
}

/** Shows requests under way and what they hold, connections, and the config in force. */
export function showServer(
  observer: Observer,
  { gateway, lines, inForce, listener, isReady }: ServerGaugeParts,
): void {
  observer.gauge("requests_in_flight", () => gateway.inFlight);
  observer.gauge("requests_waiting", () => gateway.holdings.waiting);
  observer.gauge("requests_queued", () => lines.size);
  observer.gauge("request_body_bytes", () => gateway.holdings.bodyBytes);
  observer.gauge("captured_bytes", () => gateway.holdings.capturedBytes);
  observer.gauge("held_answer_bytes", () => gateway.holdings.answerBytes);
  observer.gauge("connections", () => listener.connections);
  observer.gauge("ready", () => Number(isReady()));
  observer.gauge("config_generation", () => gateway.generation.number);
  observer.gauge("config_applied_timestamp_seconds", () => gateway.generation.builtMs / 1_000);
  observer.gauge("config_up_to_date", () => Number(inForce.fault === undefined));
  observer.gauge("config_missing_secrets", () => inForce.missing.length);
}
