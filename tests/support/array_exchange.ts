import type { Exchange, HeaderFields } from "../../src/core/exchange.ts";

/** What an {@link ArrayExchange} begins with; everything has a default. */
export interface ArrayRequest {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: HeaderFields;
  readonly body?: readonly Uint8Array[];
}

/** An `Exchange` over arrays: what the gateway answered can be read back. */
export interface ArrayExchange extends Exchange {
  readonly answer: {
    status: number;
    headers: HeaderFields;
    chunks: Uint8Array[];
    ended: boolean;
    isCut: boolean;
  };
  /** All body bytes of the answer as text. */
  text(): string;
  /** The client leaves. */
  leave(): void;
}

/** Makes an exchange with a POST of nothing unless told otherwise. */
export function arrayExchange(request: ArrayRequest = {}): ArrayExchange {
  const answer = { status: 0, headers: {}, chunks: [] as Uint8Array[], ended: false, isCut: false };
  const leavers: (() => void)[] = [];
  let gone = false;
  return {
    method: request.method ?? "POST",
    path: request.path ?? "/v1/chat/completions",
    query: request.query ?? "",
    headers: request.headers ?? {},
    remoteAddress: "127.0.0.1",
    answer,
    async *body() {
      yield* request.body ?? [];
    },
    get headSent() {
      return answer.status !== 0;
    },
    head(status: number, headers: HeaderFields) {
      if (answer.status !== 0) throw new Error("the head was sent twice");
      answer.status = status;
      answer.headers = headers;
    },
    write(chunk: Uint8Array) {
      answer.chunks.push(chunk.slice());
      return true;
    },
    drained: () => Promise.resolve(),
    end(chunk?: Uint8Array) {
      if (chunk !== undefined) answer.chunks.push(chunk.slice());
      answer.ended = true;
    },
    cut() {
      answer.isCut = true;
    },
    get gone() {
      return gone;
    },
    abandon() {
      for (const left of leavers.splice(0)) left();
    },
    onGone(left: () => void) {
      if (gone) left();
      else leavers.push(left);
    },
    leave() {
      gone = true;
      for (const left of leavers.splice(0)) left();
    },
    text() {
      return answer.chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
    },
  };
}
