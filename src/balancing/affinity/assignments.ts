/** Which endpoint something belongs to, and for how long. */
export interface Assignment {
  readonly endpoint: string;
  /** Monotonic. */
  readonly endMs: number;
}

/** A bounded number of assignments by key; the one that was made or renewed longest ago makes room. */
export class Assignments {
  readonly #most: number;
  readonly #byKey = new Map<number, Assignment>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The endpoint that the key belongs to, if its time is not over. */
  find(key: number, nowMs: number): string | undefined {
    const found = this.#byKey.get(key);
    if (found === undefined) return undefined;
    if (nowMs < found.endMs) return found.endpoint;
    this.#byKey.delete(key);
    return undefined;
  }

  set(key: number, assignment: Assignment): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, assignment);
    if (this.#byKey.size <= this.#most) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      break;
    }
  }

  /** A use that does not lengthen the time: the key is the last to make room. */
  touch(key: number): void {
    const found = this.#byKey.get(key);
    if (found !== undefined) this.set(key, found);
  }

  has(key: number): boolean {
    return this.#byKey.has(key);
  }
}
