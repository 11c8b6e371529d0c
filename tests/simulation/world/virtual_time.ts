import type { Runtime, Timer } from "../../../src/core/runtime.ts";
import { nextTurn } from "../../../src/core/time/system_runtime.ts";
import { seededRandom } from "../../support/fake_runtime.ts";

interface Pending extends Timer {
  readonly dueMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Wall clock at the beginning of every world: 2026-01-01T00:00:00Z. */
const START_WALL_MS = 1_767_225_600_000;

/** Monotonic clock at the beginning of every world. */
export const START_MS = 1_000;

/**
 * Time that moves from event to event: a {@link Runtime} whose timers are a heap, and a loop that lets every
 * promise settle before time goes on. The same seed gives the same order of everything.
 */
export class VirtualTime {
  readonly runtime: Runtime;
  #nowMs = START_MS;
  #order = 0;
  readonly #heap: Pending[] = [];

  constructor(seed: number) {
    const random = seededRandom(seed);
    let ids = 0;
    this.runtime = {
      now: () => START_WALL_MS + this.#nowMs - START_MS,
      monotonic: () => this.#nowMs,
      random,
      randomBytes: (sizeBytes) => Uint8Array.from({ length: sizeBytes }, () => Math.floor(random() * 256)),
      newId: () => `00000000-0000-7000-8000-${(++ids).toString(16).padStart(12, "0")}`,
      after: (delayMs, run) => this.after(delayMs, run),
    };
  }

  /** Monotonic milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `run` once, `delayMs` from now; of one moment's calls, those made first run first. */
  after(delayMs: number, run: () => void): Timer {
    const event: Pending = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancel: () => void (event.run = undefined),
    };
    push(this.#heap, event);
    return event;
  }

  /** Runs one event after the other until `done` says so, or nothing is left to happen; resolves to whether `done` did. */
  async run(done: () => boolean): Promise<boolean> {
    // What was begun before the first event may still be on its way.
    await nextTurn();
    while (!done()) {
      const event = pop(this.#heap);
      if (event === undefined) return false;
      const { run } = event;
      if (run === undefined) continue;
      event.run = undefined;
      this.#nowMs = event.dueMs;
      run();
      await nextTurn();
    }
    return true;
  }

  /** Runs everything that falls due within `ms`, and ends that much later. */
  async pass(ms: number): Promise<void> {
    let over = false;
    this.after(ms, () => void (over = true));
    await this.run(() => over);
  }
}

function before(one: Pending, other: Pending): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

function push(heap: Pending[], event: Pending): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || !before(event, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = event;
}

function pop(heap: Pending[]): Pending | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    let child = heap[childAt];
    const right = heap[childAt + 1];
    if (child === undefined) break;
    if (right !== undefined && before(right, child)) {
      child = right;
      childAt++;
    }
    if (!before(child, last)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
  return first;
}
