import { type AlertPolicy, alertPolicy } from "../../config/alert_policy.ts";
import type { Config } from "../../config/config.ts";
import type { AlertsConfig } from "../../config/telemetry_config.ts";
import type { Alert, AlertKind } from "../../core/alerts/alert.ts";
import type { Notice } from "../../core/notices.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";
import { AlertRule } from "./alert_rule.ts";
import { alertKindOf, alertTextOf } from "./alert_text.ts";
import { Webhook, type WebhookParts } from "./webhook.ts";

/** Where alerts are kept, one line each. */
export interface AlertFile {
  /** Queues one line; its line feed is added. Never blocks nor throws. */
  write(line: string): void;
  /** Writes out what waits and closes the file. */
  close(): Promise<void>;
}

/** What {@link Alerts} needs. */
export interface AlertsParts extends WebhookParts {
  /** Opens the alert file; called when the first alert is there. */
  readonly openFile: () => AlertFile;
  /** Takes known secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** What is counted of one kind, for one pool or for the gateway as a whole. */
interface Counted {
  readonly kind: AlertKind;
  readonly pool: string | undefined;
  readonly rule: AlertRule;
}

/** Turns notices into alerts, by the thresholds and cooldowns in force, and sends these out, off the request path. */
export class Alerts implements AsyncDisposable {
  readonly #parts: AlertsParts;
  readonly #rules = new Map<string, Counted>();
  #webhooks = new Map<string, Webhook>();
  #pools: ReadonlyMap<string, AlertPolicy> = new Map();
  #config: AlertsConfig | undefined;
  #file: AlertFile | undefined;
  #fileClosed: Promise<void> = Promise.resolve();

  constructor(parts: AlertsParts) {
    this.#parts = { ...parts, log: parts.log.channel("alerts") };
  }

  /** Goes by this config from now on. What was counted stays; so does what waits for a webhook that stays. */
  configured(config: Pick<Config, "alerts" | "pools">): void {
    const { alerts, pools } = config;
    this.#config = alerts;
    this.#pools = new Map(pools.map((pool) => [pool.name, alertPolicy(config, pool)]));
    for (const [name, { kind, pool, rule }] of this.#rules) {
      const policy = pool === undefined || this.#pools.has(pool) ? this.#policyOf(kind, pool) : undefined;
      if (policy !== undefined) rule.policy = policy;
      else {
        rule.close();
        this.#rules.delete(name);
      }
    }
    this.#setWebhooks(alerts);
    if (!alerts.file) this.#closeFile();
  }

  /** Takes in a notice; O(1), never blocks nor throws. */
  readonly take = (notice: Notice): void => {
    const kind = alertKindOf(notice);
    const pool = "pool" in notice ? notice.pool : undefined;
    const policy = this.#policyOf(kind, pool);
    if (policy === undefined) return;
    const name = `${kind} ${pool ?? ""}`;
    let counted = this.#rules.get(name);
    if (counted === undefined) {
      counted = { kind, pool, rule: new AlertRule(policy, this.#parts.runtime) };
      this.#rules.set(name, counted);
    }
    counted.rule.happened((count) => this.#raise(kind, pool, alertTextOf(notice, count), count));
  };

  /** Ends what is under way and writes the alert file out. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#config = undefined;
    for (const { rule } of this.#rules.values()) rule.close();
    for (const webhook of this.#webhooks.values()) webhook.close();
    this.#closeFile();
    await this.#fileClosed;
  }

  /** Undefined: such a thing is no alert there. */
  #policyOf(kind: AlertKind, pool: string | undefined): AlertPolicy | undefined {
    if (this.#config === undefined) return undefined;
    const own = pool === undefined ? undefined : this.#pools.get(pool);
    const policy = own ?? alertPolicy({ alerts: this.#config });
    // Only failed attempts are everyday enough to be counted first.
    if (kind !== "pool_errors") return { ...policy, threshold: 1, windowMs: Infinity };
    return policy.threshold === 0 ? undefined : policy;
  }

  #raise(kind: AlertKind, pool: string | undefined, text: string, count: number): void {
    const { runtime, log, observer, redact, openFile } = this.#parts;
    const alert: Alert = {
      id: runtime.newId(),
      time: utcTime(runtime.now()),
      kind,
      pool,
      text: redact(text),
      count,
    };
    observer.count("alerts", { kind });
    log.error(alert.text, { kind, pool, count, id: alert.id });
    if (this.#config?.file === true) {
      this.#file ??= openFile();
      this.#file.write(JSON.stringify(alert));
    }
    for (const webhook of this.#webhooks.values()) webhook.send(alert);
  }

  #setWebhooks({ webhooks }: AlertsConfig): void {
    const before = this.#webhooks;
    this.#webhooks = new Map();
    for (const webhook of webhooks) {
      const name = `${webhook.type} ${webhook.url.reveal()}`;
      this.#webhooks.set(name, before.get(name) ?? new Webhook(webhook, this.#parts));
      before.delete(name);
    }
    for (const webhook of before.values()) webhook.close();
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#fileClosed = Promise.all([this.#fileClosed, file.close()]).then(() => {});
  }
}
