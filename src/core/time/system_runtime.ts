import { setImmediate } from "node:timers";
import type { Runtime } from "../runtime.ts";
import { TimerWheel } from "./timer_wheel.ts";

/**
 * The real {@link Runtime}: the machine's clocks and its cryptographic random source.
 * A caller that throws out of a timer's `run` is reported like any uncaught error; the wheel goes on.
 */
export function systemRuntime(): Runtime {
  const monotonic = millisecondClock(() => performance.now(), () => Date.now());
  const wheel = new TimerWheel({
    monotonic,
    every: (tickMs, tick) => {
      const interval = setInterval(tick, tickMs);
      return () => clearInterval(interval);
    },
  });
  const newId = uuidV7Source(
    () => Date.now(),
    (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
  );
  return {
    now: () => Date.now(),
    monotonic,
    random: () => Math.random(),
    randomBytes: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    newId,
    after: (delayMs, run) => wheel.after(delayMs, run),
  };
}

/**
 * `exact`, asked once a millisecond: a request asks for the time some forty times, the platform's exact clock costs
 * several times what its wall clock does, and nothing that is measured here means anything below a millisecond. What
 * the wall clock says is used only to notice that it has moved on, so that setting it changes nothing.
 */
export function millisecondClock(exact: () => number, wall: () => number): () => number {
  let readAt = Number.NaN;
  let read = 0;
  return () => {
    const now = wall();
    if (now !== readAt) {
      readAt = now;
      read = exact();
    }
    return read;
  };
}

/** Resolves in a later turn of the event loop, before any timer. Work that goes on from turn to turn so keeps connections waiting: see {@link giveWay}. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * Resolves when what is waiting has had its chance, connections too; long work off the request path awaits it between
 * slices. A timer, since Deno 2.9 looks at sockets only once in some sixty turns while immediates follow each other:
 * between slices of 4 ms, an answer that takes two turns then came after a quarter of a second.
 */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0));
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Makes a source of UUIDv7 strings: 48 bits of time, a 12-bit counter that keeps ids of one millisecond in
 * order (RFC 9562 §6.2 method 1; on overflow or a clock set back the last time is carried on), 62 random bits.
 * Random bytes are drawn 512 ids at a time: one draw an id costs more than all the rest.
 */
export function uuidV7Source(
  now: () => number,
  randomBytes: (sizeBytes: number) => Uint8Array,
): () => string {
  const BATCH_BYTES = 4096;
  let pool = new Uint8Array(0);
  let at = 0;
  let lastMs = -1;
  let counter = 0;
  let time = "";
  const moveOn = (nowMs: number) => {
    lastMs = nowMs;
    counter = 0;
    const digits = nowMs.toString(16).padStart(12, "0");
    time = `${digits.slice(0, 8)}-${digits.slice(8)}`;
  };
  return () => {
    const nowMs = now();
    if (nowMs > lastMs) moveOn(nowMs);
    else if (++counter > 0xfff) moveOn(lastMs + 1);
    if (at + 8 > pool.length) {
      pool = new Uint8Array(randomBytes(BATCH_BYTES));
      at = 0;
    }
    let tail = HEX[0x80 | ((pool[at] ?? 0) & 0x3f)] ?? "";
    for (let i = 1; i < 8; i++) {
      tail += HEX[pool[at + i] ?? 0] ?? "";
    }
    at += 8;
    const mid = (0x7000 | counter).toString(16);
    return `${time}-${mid}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  };
}
