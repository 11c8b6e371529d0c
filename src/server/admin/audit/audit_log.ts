import type { Runtime } from "../../../core/runtime.ts";
import type { Redactor } from "../../../recording/redact.ts";
import { utcTime } from "../../../recording/lines/utc_time.ts";

/** Longest value of a path parameter that is kept, in characters. */
const MAX_PARAM_CHARS = 200;

/** Newest lines kept in memory: those that the disk does not have yet must be seen as well. */
const MAX_RECENT_LINES = 1000;

/** One change that somebody asked for, and what became of it; never a body, a query or a secret. */
export interface AuditEntry {
  /** The client's address, by trusted proxies. */
  readonly address: string;
  readonly method: string;
  /** The route's template. */
  readonly path: string;
  /** What stood in the template's places. */
  readonly params: Readonly<Record<string, string>>;
  /** HTTP status of the answer. */
  readonly status: number;
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
}

/** An entry as its line has it. */
export interface AuditLine extends AuditEntry {
  /** A UUIDv7: later entries sort later. */
  readonly id: string;
  /** UTC, `2026-01-31T23:59:59.999Z`. */
  readonly time: string;
}

/** Where the changes made through the admin API are written down, one JSON line each. */
export class AuditLog {
  readonly #runtime: Runtime;
  readonly #redactor: Redactor;
  readonly #write: (line: string) => void;
  readonly #recent: AuditLine[] = [];

  /** `write` queues one line; its line feed is added. */
  constructor(parts: { runtime: Runtime; redactor: Redactor; write: (line: string) => void }) {
    this.#runtime = parts.runtime;
    this.#redactor = parts.redactor;
    this.#write = parts.write;
  }

  /** Writes an entry down. Never throws, and nobody waits for the disk. */
  tell({ address, method, path, params, status, outcome }: AuditEntry): void {
    const cut = Object.entries(params).map(([name, value]) => [name, value.slice(0, MAX_PARAM_CHARS)]);
    const line: AuditLine = {
      id: this.#runtime.newId(),
      time: utcTime(this.#runtime.now()),
      ...{ address, method, path, params: Object.fromEntries(cut), status, outcome },
    };
    const text = this.#redactor.text(JSON.stringify(line));
    this.#write(text);
    // The redactor puts plain characters for a secret's, so the line stays the JSON it was.
    this.#recent.push(JSON.parse(text) as AuditLine);
    if (this.#recent.length > MAX_RECENT_LINES) this.#recent.shift();
  }

  /** The newest lines of this process, newest first, older than the one with the id `before`. */
  recent(before: string | undefined): AuditLine[] {
    return this.#recent.toReversed().filter((line) => before === undefined || line.id < before);
  }
}
