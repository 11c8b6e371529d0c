/** Most bytes of an answer's header section; more is a bad head. Vendors send 2 to 6 KB. */
const MAX_HEAD_BYTES = 64 * 1024;

/** An idle connection is kept this long unless the upstream says less, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;

/**
 * A connection still being made after this time is given up, in milliseconds. Deadlines are `deadlines.ts`'s
 * business and are shorter; this only clears away what an aborted call left behind.
 */
export const CONNECT_GIVE_UP_MS = 60_000;

/** Settings of every connection: the client's own timers are off. */
export const CLIENT_OPTIONS = {
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  maxHeaderSize: MAX_HEAD_BYTES,
  allowH2: false,
  pipelining: 1,
} as const;
