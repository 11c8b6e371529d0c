import type { HealthBoard } from "../../balancing/health.ts";
import type { Mark } from "../../balancing/health/mark.ts";
import type { KeyConfig } from "../../config/config.ts";
import type { Secret } from "../../core/secret.ts";
import type { EndpointIdentity } from "../../gateway/routing/endpoint_identity.ts";
import { fingerprintOf, type RuntimeKey } from "./stored_key.ts";

/** Where a key stands, in the words of endpoints (`ENDPOINT_STATES`): `disabled` by a person, here or in the config; `unreadable` under the master keys at hand. */
export const KEY_STATES = ["usable", "disabled", "invalid", "cooldown", "unreadable"] as const;

/** One of {@link KEY_STATES}. */
export type KeyState = (typeof KEY_STATES)[number];

/** A key as the admin API shows it: never the key itself. */
export interface KeyView {
  readonly id: string;
  /** The fingerprint by which records and logs call it. */
  readonly key: string;
  /** Its beginning and end: `sk-…abcd`; null where it cannot be read. */
  readonly masked: string | null;
  readonly source: "file" | "store";
  readonly upstream: string | null;
  readonly name: string | null;
  readonly weight: number;
  readonly priority: number;
  readonly enabled: boolean;
  readonly models: readonly string[] | null;
  readonly quotaGroup: string | null;
  readonly note: string | null;
  /** Wall clock; null for keys of the config file. */
  readonly addedAtMs: number | null;
  readonly state: KeyState;
  readonly reason: string | null;
  /** Until it is tried or used again; null where it needs no time or a person. */
  readonly recoversInMs: number | null;
}

/** Keys of one page of a pool's. */
export interface KeyPage {
  readonly keys: readonly KeyView[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** Shortest key whose beginning and end say too little to guess it by. */
const MIN_SHOWN_LENGTH = 20;

/** The first three and the last four characters. */
export function maskOf(secret: Secret): string {
  const text = secret.reveal();
  return text.length < MIN_SHOWN_LENGTH ? "***" : `${text.slice(0, 3)}…${text.slice(-4)}`;
}

/** The vendors that a key of an upstream, or of the whole pool, is for. */
export type Providers = (upstream: string | undefined) => readonly string[];

/** Ids and health of keys at one moment. */
export class KeyViews {
  readonly #identity: EndpointIdentity;
  readonly #nowMs: number;
  readonly #marks = new Map<string, Mark>();

  /** `nowMs`: monotonic. */
  constructor(identity: EndpointIdentity, health: HealthBoard, nowMs: number) {
    this.#identity = identity;
    this.#nowMs = nowMs;
    for (const mark of health.marks()) {
      if (mark.scope.startsWith("key:") && !this.#marks.has(mark.scope)) this.#marks.set(mark.scope, mark);
    }
  }

  /** A key of the config file. */
  ofFile(providers: Providers, upstream: string | undefined, config: KeyConfig): KeyView {
    const id = this.#identity.keyId(config.secret);
    return this.#view({ id, config, fields: config, upstream }, providers, null, "file");
  }

  /** A key of the store. */
  ofStore(providers: Providers, key: RuntimeKey): KeyView {
    return this.#view(key, providers, key.addedMs, "store");
  }

  /** Where a key of the store stands. */
  stateOf(providers: Providers, { config, fields, upstream }: RuntimeKey): KeyState {
    return this.#standing(providers(upstream), config, fields.enabled).state;
  }

  #standing(
    providers: readonly string[],
    config: KeyConfig | undefined,
    enabled: boolean,
  ): { readonly state: KeyState; readonly mark: Mark | undefined } {
    if (config === undefined) return { state: "unreadable", mark: undefined };
    if (!enabled) return { state: "disabled", mark: undefined };
    if (this.#marks.size === 0) return { state: "usable", mark: undefined };
    const text = config.secret.reveal();
    const mark = providers.map((provider) => this.#marks.get(this.#identity.scope("key", provider, text)))
      .find((found) => found !== undefined);
    return { state: mark === undefined || mark.state === "ejected" ? "usable" : mark.state, mark };
  }

  #view(
    key: Pick<RuntimeKey, "id" | "upstream" | "fields" | "config"> | {
      readonly id: string;
      readonly upstream: string | undefined;
      readonly fields: KeyConfig;
      readonly config: KeyConfig;
    },
    providers: Providers,
    addedAtMs: number | null,
    source: "file" | "store",
  ): KeyView {
    const { id, upstream = null, config, fields } = key;
    const { name = null, weight, priority, enabled, models = null, quotaGroup = null, note = null } = fields;
    const { state, mark } = this.#standing(providers(upstream ?? undefined), config, enabled);
    const waitMs = mark === undefined || mark.endMs === Infinity
      ? null
      : Math.max(0, mark.endMs - this.#nowMs);
    return {
      ...{ id, key: fingerprintOf(id), masked: config === undefined ? null : maskOf(config.secret), source },
      ...{ upstream, name, weight, priority, enabled, models, quotaGroup, note, addedAtMs, state },
      reason: mark?.reason ?? null,
      recoversInMs: waitMs === null ? null : Math.round(waitMs),
    };
  }
}
