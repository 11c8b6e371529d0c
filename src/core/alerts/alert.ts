/** What alerts can be about; the words of the log, the alert file, the webhooks and `docs/alerts.md`. */
export const ALERT_KINDS = [
  "pool_errors",
  "key_invalid",
  "quota_spent",
  "all_down",
  "records_failing",
  "config_refused",
] as const;

/** One of {@link ALERT_KINDS}. */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** One alert as it goes out; no secret is in it. */
export interface Alert {
  /** A UUIDv7: the same in the log, the alert file and every webhook, also when it is sent again. */
  readonly id: string;
  /** Wall clock in UTC: `2026-01-31T23:59:59.999Z`. */
  readonly time: string;
  readonly kind: AlertKind;
  /** Undefined where it is about the gateway as a whole. */
  readonly pool: string | undefined;
  /** What happened and where to look; a few lines at most, {@link MAX_ALERT_TEXT_CHARS}. */
  readonly text: string;
  /** How many events it stands for: since the last alert of its kind and pool. */
  readonly count: number;
}

/** Longest text of an alert, in characters: the messengers cut or refuse longer ones. */
export const MAX_ALERT_TEXT_CHARS = 1_500;
