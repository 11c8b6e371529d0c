import type { Log } from "../core/log.ts";
import type { Runtime } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";

/** Where notes lie in the store, each under its endpoint's id. `v1` is the shape of {@link EndpointNote}. */
const STORE_PREFIX = ["v1", "endpoint_notes"];

/** Most notes kept; the oldest makes room. */
const MAX_NOTES = 50_000;

/** An operator's words about an endpoint. */
export interface EndpointNote {
  readonly text: string;
  /** Wall clock when it was written. */
  readonly timeMs: number;
}

/** Notes by endpoint id: in memory, and written behind so that they outlive the process. */
export class EndpointNotes {
  readonly #parts: { readonly runtime: Runtime; readonly log: Log; readonly state: WriteBehind };
  readonly #notes = new Map<string, EndpointNote>();

  constructor(parts: { readonly runtime: Runtime; readonly log: Log; readonly state: WriteBehind }) {
    this.#parts = parts;
  }

  /** Brings back the notes from before the restart. Never rejects: without them nothing but the notes is lost. */
  async restore(): Promise<void> {
    try {
      for await (const { key, value } of this.#parts.state.store.list(STORE_PREFIX)) {
        const id = key[STORE_PREFIX.length];
        const note = id === undefined ? undefined : noteOf(value);
        if (id !== undefined && note !== undefined && this.#notes.size < MAX_NOTES) this.#notes.set(id, note);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#parts.log.channel("state").warn("Could not restore the notes on endpoints", { reason });
    }
  }

  /** The note on an endpoint, if there is one. */
  of(endpointId: string): EndpointNote | undefined {
    return this.#notes.get(endpointId);
  }

  /** Writes a note, in place of the one before; an empty text takes it off. */
  write(endpointId: string, text: string): void {
    const oldest = this.#notes.keys().next();
    if (text === "") {
      if (this.#notes.delete(endpointId)) this.#parts.state.delete([...STORE_PREFIX, endpointId]);
      return;
    }
    if (!this.#notes.has(endpointId) && this.#notes.size >= MAX_NOTES && oldest.done !== true) {
      this.#notes.delete(oldest.value);
      this.#parts.state.delete([...STORE_PREFIX, oldest.value]);
    }
    const note = { text, timeMs: this.#parts.runtime.now() };
    this.#notes.set(endpointId, note);
    this.#parts.state.set([...STORE_PREFIX, endpointId], note);
  }
}

function noteOf(value: unknown): EndpointNote | undefined {
  if (typeof value !== "object" || value === null || !("text" in value) || !("timeMs" in value)) {
    return undefined;
  }
  const { text, timeMs } = value;
  return typeof text === "string" && typeof timeMs === "number" ? { text, timeMs } : undefined;
}
