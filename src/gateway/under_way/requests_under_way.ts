import { LinkedRing, RingLink } from "../../core/memory/linked_ring.ts";
import type { RequestContext } from "../request_context.ts";

/** A request that is not over. */
class UnderWay extends RingLink {
  readonly context: RequestContext;

  constructor(context: RequestContext) {
    super();
    this.context = context;
  }
}

/** The requests that are not over. */
export class RequestsUnderWay {
  readonly #ring = new LinkedRing<UnderWay>();
  #count = 0;
  #whenIdle: (() => void)[] = [];

  /** How many. */
  get count(): number {
    return this.#count;
  }

  /** Begins one; what it returns is to be called once, when the request is over. */
  begin(context: RequestContext): () => void {
    const underWay = new UnderWay(context);
    this.#ring.add(underWay);
    this.#count++;
    return () => {
      underWay.unlink();
      this.#count--;
    };
  }

  /** All of them, oldest first. */
  all(): RequestContext[] {
    return this.#ring.all().map(({ context }) => context);
  }

  /** Tells those who wait for {@link idle}, where none is left. */
  tellIdle(): void {
    if (this.#count > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Resolves when none is under way and all that followed the last is done. */
  idle(): Promise<void> {
    return this.#count === 0
      ? Promise.resolve()
      : new Promise((resolve) => void this.#whenIdle.push(resolve));
  }
}
