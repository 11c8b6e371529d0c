import { GatewayError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Runtime } from "../../core/runtime.ts";

/** Jobs under way at once, paused ones included. */
export const MAX_RUNNING_JOBS = 4;

/** Jobs that are over and still listed; the oldest makes room. */
export const MAX_ENDED_JOBS = 100;

/** Where a job stands. */
export type JobState = "running" | "paused" | "done" | "cancelled" | "failed";

/** A job as the admin API shows it. Plain JSON. */
export interface JobView {
  readonly id: string;
  readonly type: string;
  readonly state: JobState;
  /** Steps done, of {@link total}. */
  readonly done: number;
  readonly total: number;
  /** Wall clock, milliseconds since 1970 UTC; `endedAtMs` null while it goes on. */
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** Milliseconds that it will go on, by its pace so far; null where nothing can be said. */
  readonly remainingMs: number | null;
  /** What it found out so far. */
  readonly result: unknown;
}

/** What a job sees of those who steer it. */
export interface JobControl {
  /** Aborts when it is to stop. */
  readonly signal: AbortSignal;
  /** To be awaited before each step: waits while paused; false: stop. */
  mayGoOn(): Promise<boolean>;
  /** So many more steps are done. */
  advance(steps: number): void;
}

/** Work beside the traffic. */
export interface Job {
  readonly type: string;
  /** Steps it will take. */
  readonly total: number;
  /** Plain JSON; asked while it runs and once at its end. */
  result(): unknown;
  /** Does the work; ends early when told to. */
  run(control: JobControl): Promise<void>;
}

/**
 * Long work that an operator starts, watches, pauses and cancels. In memory only: no job outlives the process,
 * and none is taken up again; what it has changed by then stays.
 */
export class Jobs implements Disposable {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #jobs = new Map<string, RunningJob>();

  constructor(runtime: Runtime, log: Log) {
    this.#runtime = runtime;
    this.#log = log.channel("server");
  }

  /** Starts it. Throws `GatewayError` `rate_limited` when {@link MAX_RUNNING_JOBS} go on already. */
  start(job: Job): JobView {
    const running = [...this.#jobs.values()].filter(({ isOver }) => !isOver);
    if (running.length >= MAX_RUNNING_JOBS) {
      throw new GatewayError(
        "rate_limited",
        `${MAX_RUNNING_JOBS} jobs go on already. Wait for one, or cancel it: DELETE /admin/jobs/{id}.`,
      );
    }
    const ended = [...this.#jobs.values()].filter(({ isOver }) => isOver);
    for (const { id } of ended.slice(0, Math.max(0, ended.length + 1 - MAX_ENDED_JOBS))) {
      this.#jobs.delete(id);
    }
    const started = new RunningJob(this.#runtime.newId(), job, this.#runtime);
    this.#jobs.set(started.id, started);
    this.#log.info(`Job ${job.type} started`, { job: started.id, total: job.total });
    void started.run().then((fault) => {
      const { state, done } = started.view();
      if (fault === undefined) this.#log.info(`Job ${job.type} ${state}`, { job: started.id, done });
      else this.#log.error(`Job ${job.type} failed by a fault of the gateway`, { job: started.id, fault });
    });
    return started.view();
  }

  /** All of them, the newest first. */
  list(): JobView[] {
    return [...this.#jobs.values()].reverse().map((job) => job.view());
  }

  /** One; throws `GatewayError` `not_found`. */
  get(id: string): JobView {
    return this.#find(id).view();
  }

  /** Stops one that goes on, or takes one that is over from the list. Throws `GatewayError` `not_found`. */
  cancel(id: string): JobView {
    const job = this.#find(id);
    if (job.isOver) this.#jobs.delete(id);
    else job.cancel();
    return job.view();
  }

  /** No further step until {@link resume}; steps under way end. Throws `GatewayError` `not_found`. */
  pause(id: string): JobView {
    const job = this.#find(id);
    job.pause();
    return job.view();
  }

  /** Goes on. Throws `GatewayError` `not_found`. */
  resume(id: string): JobView {
    const job = this.#find(id);
    job.resume();
    return job.view();
  }

  /** Stops all. */
  [Symbol.dispose](): void {
    for (const job of this.#jobs.values()) job.cancel();
  }

  #find(id: string): RunningJob {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    throw new GatewayError(
      "not_found",
      "There is no such job. Jobs do not outlive the process; GET /admin/jobs lists them.",
    );
  }
}

class RunningJob implements JobControl {
  readonly id: string;
  readonly #job: Job;
  readonly #runtime: Runtime;
  readonly #stop = new AbortController();
  readonly #startedAtMs: number;
  #activeSinceMs: number;
  #activeMs = 0;
  #endedAtMs: number | null = null;
  #state: JobState = "running";
  #done = 0;
  #waiting: (() => void)[] = [];

  constructor(id: string, job: Job, runtime: Runtime) {
    this.id = id;
    this.#job = job;
    this.#runtime = runtime;
    this.#startedAtMs = runtime.now();
    this.#activeSinceMs = runtime.monotonic();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isOver(): boolean {
    return this.#endedAtMs !== null;
  }

  /** Never rejects; resolves to what it threw. */
  async run(): Promise<unknown> {
    try {
      await this.#job.run(this);
      this.#state = this.signal.aborted ? "cancelled" : "done";
    } catch (fault) {
      this.#state = "failed";
      return fault;
    } finally {
      this.#endedAtMs = this.#runtime.now();
    }
  }

  async mayGoOn(): Promise<boolean> {
    while (this.#state === "paused" && !this.signal.aborted) {
      await new Promise<void>((go) => void this.#waiting.push(go));
    }
    return !this.signal.aborted;
  }

  advance(steps: number): void {
    this.#done += steps;
  }

  pause(): void {
    if (this.isOver || this.#state === "paused") return;
    this.#state = "paused";
    this.#activeMs += this.#runtime.monotonic() - this.#activeSinceMs;
  }

  resume(): void {
    if (this.isOver || this.#state !== "paused") return;
    this.#state = "running";
    this.#activeSinceMs = this.#runtime.monotonic();
    this.#wake();
  }

  cancel(): void {
    this.#stop.abort();
    this.#wake();
  }

  view(): JobView {
    return {
      id: this.id,
      type: this.#job.type,
      state: this.#state,
      done: this.#done,
      total: this.#job.total,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
      remainingMs: this.#remainingMs(),
      result: this.#job.result(),
    };
  }

  #remainingMs(): number | null {
    if (this.isOver || this.#done === 0) return null;
    const sinceMs = this.#state === "paused" ? 0 : this.#runtime.monotonic() - this.#activeSinceMs;
    return Math.round((this.#activeMs + sinceMs) / this.#done * (this.#job.total - this.#done));
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}
