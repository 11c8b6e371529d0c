import type { LogLevel } from "../core/log.ts";
import type { Secret } from "../core/secret.ts";
import type { AlertPolicyLayer } from "./alert_policy.ts";

/** What is recorded and for how long. */
export interface RecordsConfig {
  readonly enabled: boolean;
  readonly bodies: "full" | "metadata";
  readonly keepDays: number;
  readonly maxTotalBytes: number;
  /** Whether closed hours are compressed. */
  readonly compress: boolean;
  /** What happens to requests when records cannot be written. */
  readonly onFullDisk: "serve" | "refuse";
  /** Whether plain `messages` lines are kept beside the records. */
  readonly training: boolean;
  /** A type of `recording/sinks/mod.ts`. */
  readonly to: string;
}

/** What is logged beside the records. */
export interface LogsConfig {
  /** Least level of the lines on stderr. */
  readonly level: LogLevel;
  readonly files: readonly LogFileConfig[];
}

/** One named, rotating log file: `logs/NAME.log` under the data directory. */
export interface LogFileConfig {
  readonly name: string;
  /** Which log channels go there; undefined: all. */
  readonly channels: readonly string[] | undefined;
  readonly level: LogLevel;
  readonly maxSizeBytes: number;
  readonly maxAgeMs: number;
  /** Most files kept, the open one not counted. */
  readonly maxFiles: number;
  readonly compress: boolean;
}

/** When somebody is told of troubles, and how. */
export interface AlertsConfig {
  /** For all pools; ask `alertPolicy`. */
  readonly policy: AlertPolicyLayer;
  /** Whether they are kept in `logs/alerts.jsonl` under the data directory. */
  readonly file: boolean;
  readonly webhooks: readonly WebhookConfig[];
}

/** Who may read `/metrics`, and where. */
export interface MetricsConfig {
  readonly enabled: boolean;
  /** An address of its own, where the gateway's then has no `/metrics`; undefined: the gateway's. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** One of them, or the admin token, must be sent; undefined: not by near addresses. Empty when the secret is missing. */
  readonly tokens: readonly Secret[] | undefined;
}

/** A receiver of alerts. */
export interface WebhookConfig {
  /** A type of `core/alerts/forms/mod.ts`. */
  readonly type: string;
  /** Whoever knows it can send messages there. */
  readonly url: Secret;
}
