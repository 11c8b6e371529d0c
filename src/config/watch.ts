import * as nodePath from "node:path";
import type { Runtime, Timer } from "../core/runtime.ts";
import { inSlices, type Rests } from "../core/time/steps.ts";
import { digestOf, faultOf, MAX_FILE_BYTES, NO_FILE } from "./files.ts";
import { Document } from "./text/document.ts";

/** Quiet time after the last sign of a change before the files are read: editors save in several steps. */
const DEBOUNCE_MS = 100;

/** Longest that signs of change may put the reading off. */
const MAX_DEBOUNCE_MS = 1000;

/** How often files are looked at where nothing reports changes: network and bind mounts, links into other directories. */
const POLL_MS = 2000;

/** What watching needs. */
export interface WatchOptions {
  /** The config file. */
  readonly path: string;
  /** Digests of the files that the owner read last (`LoadedFiles.files`), refused ones too; asked anew each time. */
  readonly files: () => ReadonlyMap<string, string>;
  readonly runtime: Runtime;
  /** Makes what says when reading a large file must give way. */
  readonly rests: () => Rests;
  /** Told that a file has changed, or that someone asked; the config is that just read. Calls never overlap. */
  readonly changed: (document: Document) => void | Promise<void>;
  /** Told once, each time the config file goes away, why it cannot be read. What is in force stays. */
  readonly lost: (reason: string) => void;
  /** Told once when changes are found by polling alone, and why. */
  readonly pollingOnly: (reason: string) => void;
}

/** A watch at work. */
export interface ConfigWatch {
  /** Reads now and calls `changed` whether or not anything did: for SIGHUP and the admin's wish. */
  check(): Promise<void>;
  /** Stops; resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/**
 * Watches a config file, its `.env` and its key files. The *directories* are watched, so that files replaced by
 * a rename are still seen, and all files are polled besides. `changed` is called only when content differs
 * from what was last read; bursts become one call; a text that is cut off is read once more before it is
 * handed on, since it may be half written.
 */
export function watchConfig(options: WatchOptions): ConfigWatch {
  const watch = new Watch(options);
  watch.start();
  return { check: () => watch.look(true), close: () => watch.close() };
}

class Watch {
  readonly #options: WatchOptions;
  readonly #path: string;
  /** Digests at the last call of `changed`; what it lacks is known from the owner. */
  #tried: ReadonlyMap<string, string> = new Map();
  /** Digest that looked half written or lost; when it is found again it is taken as it is. */
  #suspect: string | undefined;
  #signature = "";
  #system: { watcher: Deno.FsWatcher; directories: string; ended: Promise<void> } | undefined;
  #saidPolling = false;
  #settle: Timer | undefined;
  #firstSignMs: number | undefined;
  #poll: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#path = nodePath.resolve(options.path);
  }

  start(): void {
    this.#watchDirectories();
    this.#signature = this.#statAll();
    this.#armPoll();
    // Something may have changed between the reading of the config and now.
    this.#sign();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settle?.cancel();
    this.#poll?.cancel();
    this.#system?.watcher.close();
    await this.#system?.ended;
    await this.#running;
  }

  /** Reads all files, after any reading under way; `asked`: hands the text on in any case. */
  look(asked: boolean): Promise<void> {
    const next = this.#running.then(() => this.#closed ? undefined : this.#lookNow(asked));
    // A callback that throws is its owner's bug and surfaces from `check`; the watch itself must go on.
    this.#running = next.catch(() => {});
    return next;
  }

  async #lookNow(asked: boolean): Promise<void> {
    const known = this.#options.files();
    const found = new Map<string, string>();
    let text: string | undefined;
    let fault = "";
    for (const file of new Set([this.#path, ...known.keys()])) {
      try {
        const bytes = await readBounded(file);
        found.set(file, digestOf(bytes));
        if (file === this.#path) text = new TextDecoder().decode(bytes);
      } catch (error) {
        found.set(file, NO_FILE);
        if (file === this.#path) fault = faultOf(error);
      }
    }
    const differs = [...found].some(([file, digest]) =>
      digest !== (this.#tried.get(file) ?? known.get(file) ?? NO_FILE)
    );
    if (!differs && !asked) return;
    const digest = found.get(this.#path) ?? NO_FILE;
    const document = text === undefined
      ? undefined
      : await inSlices(Document.read(text), this.#options.rests());
    const doubtful = document?.readable !== true;
    if (doubtful && !asked && this.#suspect !== digest) {
      this.#suspect = digest;
      this.#sign();
      return;
    }
    this.#suspect = undefined;
    this.#tried = found;
    if (document === undefined) this.#options.lost(fault);
    else {
      await this.#options.changed(document);
      // The owner read the files itself, perhaps in the middle of the next writing: what it found counts.
      this.#tried = new Map([...found, ...this.#options.files()]);
    }
    this.#watchDirectories();
  }

  /** Something may have changed: read when it has been quiet for a while. */
  #sign(): void {
    if (this.#closed) return;
    const nowMs = this.#options.runtime.monotonic();
    this.#firstSignMs ??= nowMs;
    const latestMs = this.#firstSignMs + MAX_DEBOUNCE_MS;
    this.#settle?.cancel();
    this.#settle = this.#options.runtime.after(Math.max(0, Math.min(DEBOUNCE_MS, latestMs - nowMs)), () => {
      this.#firstSignMs = undefined;
      void this.look(false);
    });
  }

  #armPoll(): void {
    this.#poll = this.#options.runtime.after(POLL_MS, () => {
      const signature = this.#statAll();
      if (signature !== this.#signature) {
        this.#signature = signature;
        this.#sign();
      }
      this.#armPoll();
    });
  }

  #watched(): string[] {
    return [...new Set([this.#path, ...this.#options.files().keys()])];
  }

  /** One text for the state of all files, links followed: changes when any is written, replaced, made or removed. */
  #statAll(): string {
    return this.#watched().map((file) => {
      try {
        const { mtime, size, ino, dev } = Deno.statSync(file);
        return `${mtime?.getTime()} ${size} ${ino} ${dev}`;
      } catch {
        return NO_FILE;
      }
    }).join("\n");
  }

  /** (Re)opens the system's watch when the set of directories has changed. */
  #watchDirectories(): void {
    if (this.#closed) return;
    const directories = [...new Set(this.#watched().map((file) => nodePath.dirname(file)))].filter(
      isDirectory,
    );
    const signature = directories.join("\n");
    if (this.#system?.directories === signature) return;
    this.#system?.watcher.close();
    this.#system = undefined;
    try {
      const watcher = Deno.watchFs(directories, { recursive: false });
      this.#system = { watcher, directories: signature, ended: this.#follow(watcher) };
    } catch (error) {
      if (!this.#saidPolling) this.#options.pollingOnly(error instanceof Error ? error.name : "unknown");
      this.#saidPolling = true;
    }
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    try {
      // A Kubernetes update names `..data` and never the file itself, so no event is judged by its path.
      for await (const event of watcher) if (event.kind !== "access") this.#sign();
    } catch (error) {
      if (!this.#saidPolling) this.#options.pollingOnly(error instanceof Error ? error.name : "unknown");
      this.#saidPolling = true;
    }
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  const { size } = await Deno.stat(path);
  if (size > MAX_FILE_BYTES) throw new RangeError(`Cannot read more than ${MAX_FILE_BYTES} bytes`);
  return await Deno.readFile(path);
}
