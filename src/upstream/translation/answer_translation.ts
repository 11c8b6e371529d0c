/** An upstream's answer that cannot be put into the client's format: it is broken, or beyond a bound. */
export class TranslationFault extends Error {
  override readonly name = "TranslationFault";
}

/** One attempt's answer on its way from the upstream's format to the client's. */
export interface AnswerTranslation {
  /** The client awaits a stream. */
  readonly streams: boolean;
  /** Content type of what goes to the client. */
  readonly contentType: string;
  /** What of the request was left out, in the client's own spelling. */
  readonly dropped: readonly string[];
  /** A whole answer; a stream where the client awaits one. Throws {@link TranslationFault}. */
  whole(body: Uint8Array): Uint8Array;
  /** The next bytes of an event stream; what they come to, often nothing. Throws {@link TranslationFault}. */
  push(chunk: Uint8Array): Uint8Array;
  /** The stream came to its own end: what is still owed. Never throws; asked again, it owes nothing. */
  end(): Uint8Array;
}

/** A request put into an upstream's format. */
export interface TranslatedRequest {
  /** Front path in the upstream's format, its query without `?`, fields beside credentials, and the body. */
  readonly path: string;
  readonly query: string;
  /** The name that the upstream is asked for. */
  readonly model: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** Begins the answer of one attempt. */
  answer(): AnswerTranslation;
}

/** Nothing to send. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);
