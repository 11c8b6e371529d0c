import { joinBytes } from "../../core/bytes/join_bytes.ts";
import type { Exchange, HeaderFields } from "../../core/exchange.ts";

/** Most bytes of an answer that are held to be looked at before the client sees it: lists of files and batches. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** An exchange whose answer is kept back instead of sent, so that it can be filtered first. */
export interface HeldExchange extends Exchange {
  /** What was answered; undefined while it is not whole, and when it was cut or grew past the limit. */
  readonly answer:
    | { readonly status: number; readonly headers: HeaderFields; readonly body: Uint8Array }
    | undefined;
}

/** The same request as `exchange`, with an answer that stays here. */
export function holdAnswer(exchange: Exchange): HeldExchange {
  const chunks: Uint8Array[] = [];
  let status = 0;
  let headers: HeaderFields = {};
  let sizeBytes = 0;
  let whole = false;
  const keep = (chunk: Uint8Array) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_HELD_BYTES) chunks.push(chunk.slice());
  };
  return {
    method: exchange.method,
    path: exchange.path,
    query: exchange.query,
    headers: exchange.headers,
    remoteAddress: exchange.remoteAddress,
    body: () => exchange.body(),
    get headSent() {
      return status !== 0;
    },
    head(answerStatus, answerHeaders) {
      status = answerStatus;
      headers = answerHeaders;
    },
    write(chunk) {
      keep(chunk);
      return true;
    },
    drained: () => Promise.resolve(),
    end(chunk) {
      if (chunk !== undefined) keep(chunk);
      whole = sizeBytes <= MAX_HELD_BYTES;
    },
    cut() {
      whole = false;
    },
    get gone() {
      return exchange.gone;
    },
    abandon: () => exchange.abandon(),
    onGone: (left) => exchange.onGone(left),
    get answer() {
      return whole ? { status, headers, body: joinBytes(chunks, sizeBytes) } : undefined;
    },
  };
}
