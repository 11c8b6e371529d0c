import { createHash, timingSafeEqual } from "node:crypto";
import { ERROR_STATUS, type ErrorCode } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Secret } from "../../core/secret.ts";

/** Wrong tokens an address may send within {@link WINDOW_MS} before it is told to wait. */
const MAX_FAILURES = 10;

/** How long wrong tokens are remembered, in milliseconds. */
const WINDOW_MS = 60_000;

/** Addresses remembered; the one that failed longest ago is forgotten for a new one. */
const MAX_ADDRESSES = 10_000;

/** Why a request may not enter, as an HTTP answer tells it. */
export interface AdminRefusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the guard looks at. */
export interface AdminKnock {
  /** The client's address, by trusted proxies. */
  readonly address: string;
  readonly authorization: string | undefined;
  /** `sec-fetch-site` and `origin`, which browsers alone send. */
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
}

/**
 * The one door of `/admin`: a bearer token in a header, never a cookie, so that no page can use somebody's session;
 * pages of other sites are refused even with it. Guessing is slowed down per address.
 */
export class AdminGuard {
  readonly #runtime: Runtime;
  readonly #tokenHash: Uint8Array;
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(token: Secret, runtime: Runtime) {
    this.#runtime = runtime;
    this.#tokenHash = sha256(token.reveal());
  }

  /** Undefined when the request may enter. */
  refusal(knock: AdminKnock): AdminRefusal | undefined {
    if (isForeignPage(knock)) {
      return refusal("path_not_allowed", "Pages of other sites may not use the admin API.");
    }
    const failed = this.#failures.get(knock.address);
    const nowMs = this.#runtime.monotonic();
    if (failed !== undefined && failed.untilMs > nowMs && failed.count >= MAX_FAILURES) {
      return refusal("rate_limited", "Too many wrong admin tokens from this address. Try again in a minute.");
    }
    const given = knock.authorization ?? "";
    if (given.slice(0, 7).toLowerCase() === "bearer " && this.#isToken(given.slice(7).trim())) {
      this.#failures.delete(knock.address);
      return undefined;
    }
    this.#noteFailure(knock.address, nowMs);
    return refusal(
      "invalid_api_key",
      "The admin token is missing or wrong. Send 'Authorization: Bearer <token>' with the content of admin.token.",
    );
  }

  /** Digests of equal length are compared in constant time, so the time tells nothing of the token. */
  #isToken(token: string): boolean {
    return timingSafeEqual(sha256(token), this.#tokenHash);
  }

  #noteFailure(address: string, nowMs: number): void {
    const before = this.#failures.get(address);
    const count = before !== undefined && before.untilMs > nowMs ? before.count + 1 : 1;
    this.#failures.delete(address);
    const oldest = this.#failures.keys().next();
    if (this.#failures.size >= MAX_ADDRESSES && oldest.done !== true) this.#failures.delete(oldest.value);
    this.#failures.set(address, { count, untilMs: nowMs + WINDOW_MS });
  }
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** Browsers name where a request comes from; tools send neither field. */
function isForeignPage({ fetchSite, origin }: AdminKnock): boolean {
  return (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") ||
    origin === "null";
}

function refusal(code: ErrorCode, message: string): AdminRefusal {
  return { status: ERROR_STATUS[code], code, message };
}
