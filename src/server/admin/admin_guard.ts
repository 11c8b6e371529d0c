import { ERROR_STATUS, type ErrorCode } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Secret } from "../../core/secret.ts";
import { isBearer, tokenDigest } from "../guard/bearer_token.ts";
import { FailedKnocks, FAILURES_KEPT_MS } from "../guard/failed_knocks.ts";

/** Why a request may not enter, as an HTTP answer tells it. */
export interface AdminRefusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** How long it has to wait, where that is why. */
  readonly retryAfterMs?: number;
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
  readonly #digest: Uint8Array;
  readonly #failed: FailedKnocks;

  constructor(token: Secret, runtime: Runtime) {
    this.#digest = tokenDigest(token.reveal());
    this.#failed = new FailedKnocks(runtime);
  }

  /** Undefined when the request may enter. */
  refusal(knock: AdminKnock): AdminRefusal | undefined {
    return this.refusalAt(this.#failed, knock);
  }

  /** The same for another door that the admin token opens: wrong tokens there are counted there, and shut nobody out here. */
  refusalAt(failed: FailedKnocks, { address, authorization, ...page }: AdminKnock): AdminRefusal | undefined {
    if (isForeignPage(page)) {
      return refusal("path_not_allowed", "Pages of other sites may not use the admin API.");
    }
    if (failed.mustWait(address)) {
      const text = "Too many wrong tokens from this address. Try again in a minute.";
      return { ...refusal("rate_limited", text), retryAfterMs: FAILURES_KEPT_MS };
    }
    if (isBearer(authorization, this.#digest)) {
      failed.forget(address);
      return undefined;
    }
    failed.note(address);
    return refusal(
      "invalid_api_key",
      "The admin token is missing or wrong. Send 'Authorization: Bearer <token>' with the content of admin.token.",
    );
  }
}

/** Browsers name where a request comes from; tools send neither field. */
function isForeignPage({ fetchSite, origin }: Pick<AdminKnock, "fetchSite" | "origin">): boolean {
  return (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") ||
    origin === "null";
}

function refusal(code: ErrorCode, message: string): AdminRefusal {
  return { status: ERROR_STATUS[code], code, message };
}
