/** When failed attempts become an alert, and how often there is one. */
export interface AlertPolicy {
  /** Failed attempts of a pool within the window, 1 to 1,000; 0: they are never an alert. */
  readonly threshold: number;
  /** In milliseconds. */
  readonly windowMs: number;
  /** Least time between two alerts of the same kind about the same pool, in milliseconds. */
  readonly cooldownMs: number;
}

/** What one place of the config says of it. */
export type AlertPolicyLayer = { readonly [member in keyof AlertPolicy]?: AlertPolicy[member] | undefined };

/** What holds where no place says otherwise (`docs/design.md` §6). */
export const DEFAULT_ALERT_POLICY: AlertPolicy = { threshold: 10, windowMs: 60_000, cooldownMs: 300_000 };

/** The policy in force for a pool, or, without one, for what is of no pool: member by member the pool's own before `alerts`. */
export function alertPolicy(
  config: { readonly alerts: { readonly policy: AlertPolicyLayer } },
  pool?: { readonly alerts: AlertPolicyLayer },
): AlertPolicy {
  const { policy } = config.alerts;
  const own = pool?.alerts ?? {};
  return {
    threshold: own.threshold ?? policy.threshold ?? DEFAULT_ALERT_POLICY.threshold,
    windowMs: own.windowMs ?? policy.windowMs ?? DEFAULT_ALERT_POLICY.windowMs,
    cooldownMs: own.cooldownMs ?? policy.cooldownMs ?? DEFAULT_ALERT_POLICY.cooldownMs,
  };
}
