import type { Runtime, Timer } from "../../core/runtime.ts";

/** Most requests that wait for one pool's turn; past it, whoever has the most of them there gives up its latest. */
export const MAX_IN_LINE = 1_000;

/** How often somebody is let try even when no request was seen to end: limits are also raised, and clocks go on. In milliseconds. */
const LOOK_MS = 250;

/** Who wants a turn. */
export interface LinePlace {
  readonly tenant: string;
  /** Smaller numbers go first. */
  readonly priority: number;
  /** It waits no longer; monotonic milliseconds. */
  readonly endMs: number;
}

interface Waiter extends LinePlace {
  /** Its place among those of its tenant: the smaller came first. */
  readonly seq: number;
  readonly answer: (isTurn: boolean) => void;
}

interface Line {
  readonly waiters: Map<string, Waiter[]>;
  /** Requests under way by tenant, those that were given a turn included. */
  readonly served: Map<string, number>;
  size: number;
  /** Turns given and not yet used. */
  open: number;
  timer: Timer | undefined;
}

/** A turn that was given, or has been waited for. */
export interface Turn {
  readonly pool: string;
  readonly tenant: string;
  /** Keeps its place if the turn turns out to be too early. */
  readonly seq: number;
  /** Whether it was given; else the time was over. */
  readonly isGiven: boolean;
  isUsed: boolean;
}

/**
 * Requests that wait for room in a pool that has as many under way as it may. Each request that ends makes room for
 * one, and of those of the best priority the tenant with the fewest requests under way is next: however many one
 * tenant sends, another gets its share. Whoever comes while others wait waits behind them.
 */
export class FairLines {
  readonly #runtime: Runtime;
  readonly #lines = new Map<string, Line>();
  #seq = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Requests that wait now, for any pool. */
  get size(): number {
    let size = 0;
    for (const line of this.#lines.values()) size += line.size;
    return size;
  }

  /** Whether a request without a turn must wait behind others. */
  isBusy(pool: string): boolean {
    const line = this.#lines.get(pool);
    return line !== undefined && (line.size > 0 || line.open > 0);
  }

  /** A request of the tenant goes out. */
  began(pool: string, tenant: string): void {
    const { served } = this.#open(pool);
    served.set(tenant, (served.get(tenant) ?? 0) + 1);
  }

  /** It is over: somebody else may have its room. */
  ended(pool: string, tenant: string): void {
    const line = this.#lines.get(pool);
    if (line === undefined) return;
    less(line.served, tenant);
    this.#next(pool, line);
    this.#forgetEmpty(pool, line);
  }

  /**
   * Resolves when it is the request's turn, or to a turn that was not given when its time is over, `signal` aborted or
   * too many wait. `before`: a turn that was too early, whose place it keeps.
   */
  wait(pool: string, place: LinePlace, signal: AbortSignal, before?: Turn): Promise<Turn> {
    const line = this.#open(pool);
    const seq = before?.pool === pool ? before.seq : ++this.#seq;
    const turn = { pool, tenant: place.tenant, seq, isUsed: false };
    if (before !== undefined) this.used(before, false);
    const leftMs = place.endMs - this.#runtime.monotonic();
    if (signal.aborted || leftMs <= 0 || !this.#makeRoom(line, place.tenant)) {
      this.#forgetEmpty(pool, line);
      return Promise.resolve({ ...turn, isGiven: false });
    }
    return new Promise((resolve) => {
      const answer = (isGiven: boolean) => {
        timer.cancel();
        signal.removeEventListener("abort", leave);
        remove(line, waiter);
        resolve({ ...turn, isGiven });
        this.#forgetEmpty(pool, line);
      };
      const leave = () => answer(false);
      const waiter: Waiter = { ...place, seq, answer };
      const timer = this.#runtime.after(leftMs, leave);
      signal.addEventListener("abort", leave);
      insert(line, waiter);
      this.#lookLater(pool, line);
    });
  }

  /** A turn that was given is over; `hadRoom`: false where it came too early. Later calls change nothing. */
  used(turn: Turn, hadRoom: boolean): void {
    const line = this.#lines.get(turn.pool);
    if (line === undefined || !turn.isGiven || turn.isUsed) return;
    turn.isUsed = true;
    line.open--;
    less(line.served, turn.tenant);
    // Where one had room another may have; where one had none, the next end of a request tells.
    if (hadRoom && line.open === 0) this.#next(turn.pool, line);
    this.#forgetEmpty(turn.pool, line);
  }

  /** Gives the next one its turn. */
  #next(pool: string, line: Line): void {
    const waiter = nextOf(line);
    if (waiter === undefined) return;
    line.open++;
    line.served.set(waiter.tenant, (line.served.get(waiter.tenant) ?? 0) + 1);
    waiter.answer(true);
    this.#lookLater(pool, line);
  }

  #lookLater(pool: string, line: Line): void {
    if (line.timer !== undefined || line.size === 0) return;
    line.timer = this.#runtime.after(LOOK_MS, () => {
      line.timer = undefined;
      this.#next(pool, line);
      this.#lookLater(pool, line);
    });
  }

  /** Room for one more of the tenant: the latest of whoever has more than it there gives way. */
  #makeRoom(line: Line, tenant: string): boolean {
    if (line.size < MAX_IN_LINE) return true;
    let most: Waiter[] = line.waiters.get(tenant) ?? [];
    for (const waiters of line.waiters.values()) if (waiters.length > most.length + 1) most = waiters;
    const latest = most.at(-1);
    if (latest === undefined || latest.tenant === tenant) return false;
    latest.answer(false);
    return true;
  }

  #open(pool: string): Line {
    let line = this.#lines.get(pool);
    if (line === undefined) {
      line = { waiters: new Map(), served: new Map(), size: 0, open: 0, timer: undefined };
      this.#lines.set(pool, line);
    }
    return line;
  }

  #forgetEmpty(pool: string, line: Line): void {
    if (line.size > 0 || line.open > 0) return;
    line.timer?.cancel();
    line.timer = undefined;
    if (line.served.size === 0) this.#lines.delete(pool);
  }
}

/** Of the best priority the tenant with the fewest requests under way; of equals the one that waits longest. */
function nextOf({ waiters, served }: Line): Waiter | undefined {
  let best: Waiter | undefined;
  let bestServed = Infinity;
  for (const [tenant, [first]] of waiters) {
    if (first === undefined) continue;
    const underWay = served.get(tenant) ?? 0;
    const isBetter = best === undefined || first.priority < best.priority ||
      (first.priority === best.priority &&
        (underWay < bestServed || (underWay === bestServed && first.seq < best.seq)));
    if (!isBetter) continue;
    best = first;
    bestServed = underWay;
  }
  return best;
}

function insert(line: Line, waiter: Waiter): void {
  const own = line.waiters.get(waiter.tenant) ?? [];
  line.waiters.set(waiter.tenant, own);
  own.splice(own.findLastIndex((other) => other.seq < waiter.seq) + 1, 0, waiter);
  line.size++;
}

function remove(line: Line, waiter: Waiter): void {
  const own = line.waiters.get(waiter.tenant);
  const at = own?.indexOf(waiter) ?? -1;
  if (own === undefined || at < 0) return;
  own.splice(at, 1);
  line.size--;
  if (own.length === 0) line.waiters.delete(waiter.tenant);
}

function less(served: Map<string, number>, tenant: string): void {
  const left = (served.get(tenant) ?? 0) - 1;
  if (left > 0) served.set(tenant, left);
  else served.delete(tenant);
}
