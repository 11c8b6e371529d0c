/**
 * Every number of the health model, with where it comes from. Milliseconds unless the name says otherwise.
 * The table of classes and whom each marks is `docs/design.md` §7.
 * @module
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Longest cooldown an upstream can talk us into; also the longest time that is believed when restored from disk. */
export const MAX_COOLDOWN_MS = 24 * HOUR_MS;

/** Shortest cooldown: vendors answer `retry-after: 0` to a limit that is refilled once a second. */
export const MIN_COOLDOWN_MS = SECOND_MS;

/** `quota_spent` without a told reset: budgets are refilled by people, rarely within the hour. */
export const QUOTA_SPENT_MS = HOUR_MS;

/** `rate_limited` without a told time: vendors' windows are a minute, most are refilled continuously. Doubles up to the cap. */
export const RATE_LIMITED_MS = 10 * SECOND_MS;
/** Longest of them: after a minute's window every vendor's short limit is full again. */
export const RATE_LIMITED_CAP_MS = MINUTE_MS;

/** `model_missing`: a fresh deployment takes minutes to appear everywhere. */
export const MODEL_MISSING_MS = 10 * MINUTE_MS;

/** `not_permitted`: region, scope or firewall; changed by people. */
export const NOT_PERMITTED_MS = 10 * MINUTE_MS;
/** Of them in a row until a key rests, where the vendor gave no reason: a single bare 403 may be about what one client wrote. */
export const NOT_PERMITTED_IN_ROW = 2;

/** `overloaded`: short, since overload passes; doubles up to the cap. */
export const OVERLOADED_MS = 5 * SECOND_MS;
/** Longest of them, told ones too: an overloaded host's word about its own recovery is a guess. */
export const OVERLOADED_CAP_MS = MINUTE_MS;

/**
 * Every so long that an upstream is well takes one step off the growth of its next ejection (Envoy's multiplier
 * likewise falls with time): an upstream that flaps is out for longer, one that failed yesterday is not.
 */
export const HEALTHY_STEP_MS = MINUTE_MS;

/** An ejection that is over is remembered so long although nothing else is known of the upstream. */
export const EJECTION_MEMORY_MS = 300 * SECOND_MS;

/** Most steps of growth that are counted: enough to reach any cap, few enough to be worn off within the hour. */
export const MAX_EJECTIONS = 30;

/** `unreachable` in a row until ejection, where the policy's own number is not smaller: a connection that fails is clearer than an answer that does. */
export const UNREACHABLE_IN_ROW = 2;
/** Length of the first ejection; short, since a connection that fails costs little to try. Doubles up to the cap. */
export const UNREACHABLE_EJECTION_MS = 5 * SECOND_MS;
/** Longest of them: a host that is back must not wait longer than a client's patience. */
export const UNREACHABLE_EJECTION_CAP_MS = MINUTE_MS;

/** First wait until an invalid key gets one trial; doubles up to the cap. */
export const INVALID_TRIAL_MS = 10 * MINUTE_MS;
/** Longest of them; also the longest wait that is believed when restored from disk. */
export const INVALID_TRIAL_CAP_MS = HOUR_MS;

/** Keys of one pool refused at one upstream within this time are looked at together. */
export const SHARED_FAILURE_WINDOW_MS = 10 * SECOND_MS;

/** Fewest keys that can be called "half the pool": two bad keys of four are still two bad keys. */
export const SHARED_FAILURE_MIN_KEYS = 4;

/**
 * So many keys refused one after the other without one that is served are enough in the largest pool: half of a
 * thousand keys need not all be tried before the address is known to be the one that is shut out.
 */
export const SHARED_FAILURE_MAX_KEYS = 20;

/** How long a shared failure is remembered, so that keys that are really bad cannot hide behind it for ever. */
export const SHARED_FAILURE_MEMORY_MS = 10 * MINUTE_MS;

/** Most keys, groups, upstreams and endpoints known at once: 50,000 keys with three each. The oldest without a person's mark goes first. */
export const MAX_SCOPES = 150_000;

/**
 * Most single models on endpoints known at once: one for each of 50,000 keys. A bound of their own, since where a
 * pool takes any name clients invent as many as they like.
 */
export const MAX_MODEL_SCOPES = 50_000;

/** Longest model name, in UTF-16 units, whose absence is remembered; the configuration knows no longer ones. */
export const MAX_MODEL_NAME = 256;

/** How long a key's `invalid` mark is believed on disk after its last confirmation. */
export const INVALID_KEPT_MS = 30 * 24 * HOUR_MS;
