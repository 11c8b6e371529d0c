import { createHash, timingSafeEqual } from "node:crypto";

/** What a token is compared by; it does not tell the token. */
export function tokenDigest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/**
 * Whether an `authorization` field is `Bearer` and the token of this digest. Digests of equal length are compared in
 * constant time, so the time tells nothing of the token.
 */
export function isBearer(authorization: string | undefined, digest: Uint8Array): boolean {
  if (authorization?.slice(0, 7).toLowerCase() !== "bearer ") return false;
  return timingSafeEqual(tokenDigest(authorization.slice(7).trim()), digest);
}
