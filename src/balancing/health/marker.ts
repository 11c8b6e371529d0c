import type { Runtime } from "../../core/runtime.ts";
import type { Endpoint } from "../endpoint.ts";
import type { MarkState } from "./mark.ts";
import type { Cause, MarkNews } from "./mark_news.ts";
import type { NewMark, ScopeBook } from "./scope_book.ts";

/** Sets marks and takes them off, and tells of each change once. */
export class Marker {
  readonly scopes: ScopeBook;
  readonly #runtime: Runtime;
  readonly #news: MarkNews;

  constructor(runtime: Runtime, scopes: ScopeBook, news: MarkNews) {
    this.#runtime = runtime;
    this.scopes = scopes;
    this.#news = news;
  }

  /** Monotonic milliseconds. */
  get nowMs(): number {
    return this.#runtime.monotonic();
  }

  /** Where what is no mark is told. */
  get news(): MarkNews {
    return this.#news;
  }

  /** See {@link ScopeBook.mark}; `at` is where it was learnt. */
  mark(mark: NewMark, cause: Cause, at?: Endpoint): void {
    const forMs = mark.endMs - this.nowMs;
    if (this.scopes.mark(mark)) this.#news.marked(mark, forMs, cause, at);
  }

  /** Takes off what stands of these states. */
  lift(scope: string, states: readonly MarkState[], cause: Cause, at?: Endpoint): void {
    for (const state of states) {
      if (this.scopes.lift(scope, state)) this.#news.lifted(scope, state, cause, at);
    }
  }
}
