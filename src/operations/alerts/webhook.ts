import type { WebhookConfig } from "../../config/telemetry_config.ts";
import type { Alert } from "../../core/alerts/alert.ts";
import * as formModule from "../../core/alerts/forms/mod.ts";
import type { WebhookForm } from "../../core/alerts/webhook_form.ts";
import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import { registryOf } from "../../core/registry.ts";
import { type Runtime, sleep } from "../../core/runtime.ts";
import type { CallStarter } from "../../upstream/call.ts";
import { postJson } from "./webhook_call.ts";

const FORMS = registryOf<WebhookForm>(formModule);

/** Most alerts that wait for one webhook; one more is dropped and counted (`alerts_unsent`). */
export const MAX_WAITING_ALERTS = 100;

/** Most calls for one alert. */
const MAX_CALLS = 4;

/** The pause before the second call; doubles with each, and is shortened by up to half at random. In milliseconds. */
const FIRST_PAUSE_MS = 1_000;

/** What {@link Webhook} needs. */
export interface WebhookParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  readonly caller: CallStarter;
}

/** Sends alerts to one receiver, one after the other, so that a slow one makes nobody wait but itself. */
export class Webhook {
  readonly #parts: WebhookParts;
  readonly #url: string;
  readonly #form: WebhookForm;
  readonly #closing = new AbortController();
  readonly #waiting: Alert[] = [];
  #isSending = false;

  constructor({ type, url }: WebhookConfig, parts: WebhookParts) {
    this.#form = FORMS.get(type);
    this.#url = url.reveal();
    this.#parts = parts;
  }

  /** Takes an alert; never blocks nor throws. */
  send(alert: Alert): void {
    if (this.#closing.signal.aborted) return;
    if (this.#waiting.length >= MAX_WAITING_ALERTS) return this.#lose(alert, "queue_full");
    this.#waiting.push(alert);
    if (!this.#isSending) void this.#sendAll();
  }

  /** Ends what is under way and forgets what waits. */
  close(): void {
    this.#closing.abort();
    this.#waiting.length = 0;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let alert = this.#waiting.shift(); alert !== undefined; alert = this.#waiting.shift()) {
      const failure = await this.#sendOne(alert);
      if (this.#closing.signal.aborted) break;
      if (failure === undefined) this.#parts.observer.count("alerts_sent", { webhook: this.#form.type });
      else this.#lose(alert, failure);
    }
    this.#isSending = false;
  }

  /** Why the alert was not taken, in a closed word; undefined when it was. */
  async #sendOne(alert: Alert): Promise<string | undefined> {
    const { runtime } = this.#parts;
    const { signal } = this.#closing;
    const request = { url: this.#url, body: this.#form.body(alert) };
    for (let calls = 1;; calls++) {
      const answer = await postJson(this.#parts, request, signal);
      const failure = "failure" in answer
        ? answer.failure
        : answer.status < 200 || answer.status > 299
        ? `http_${answer.status}`
        : this.#form.accepts(answer.text)
        ? undefined
        : "not_accepted";
      if (failure === undefined || calls >= MAX_CALLS || signal.aborted) return failure;
      await sleep(runtime, FIRST_PAUSE_MS * 2 ** (calls - 1) * (1 - runtime.random() / 2), signal);
    }
  }

  #lose(alert: Alert, reason: string): void {
    const { log, observer } = this.#parts;
    observer.count("alerts_unsent", { webhook: this.#form.type });
    log.warn("An alert could not be sent to a webhook", { id: alert.id, webhook: this.#form.type, reason });
  }
}
