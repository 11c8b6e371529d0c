/**
 * From when on failures count and for how long, as config says it (`docs/health.md`); a threshold of 0 is never
 * reached. A failure is judged by the policy of the candidate that met it.
 */
export interface HealthPolicy {
  /** `broken` in a row until an upstream is ejected. Connections that fail count sooner, see `limits.ts`. */
  readonly consecutive: number;
  /** So many failures within a span eject an upstream, whatever succeeds between them. */
  readonly window: { readonly failures: number; readonly spanMs: number };
  /** Such a share (0 to 1) of failures within a span ejects an upstream, once there are `minimum` answers to judge by. */
  readonly rate: { readonly minimum: number; readonly share: number; readonly spanMs: number };
  /** Length of a first ejection, and of the longest. */
  readonly eject: { readonly baseMs: number; readonly maxMs: number };
  /** `key_invalid` in a row until a key is marked; the vendor's explicit word is enough at once, except where this is 0. */
  readonly keyInvalidAfter: number;
  /**
   * Whether one request finds out if what was marked works again. False: an invalid key stays out until a person
   * says otherwise, and an ejection is simply over.
   */
  readonly trials: boolean;
}

/**
 * What holds where nobody says otherwise. In a row as Envoy's `consecutive_5xx`, times as its
 * `base_ejection_time` and `max_ejection_time`; the count within a window is off because any count is soon reached
 * by a busy upstream that is well.
 */
export const DEFAULT_HEALTH_POLICY: HealthPolicy = {
  consecutive: 5,
  window: { failures: 0, spanMs: 60_000 },
  rate: { minimum: 20, share: 0.5, spanMs: 30_000 },
  eject: { baseMs: 30_000, maxMs: 300_000 },
  keyInvalidAfter: 2,
  trials: true,
};
