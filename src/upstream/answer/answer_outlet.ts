import { GatewayError } from "../../core/errors.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import { type HeaderMode, responseHeaders } from "../headers.ts";
import { type AnswerTranslation, TranslationFault } from "../translation/answer_translation.ts";
import type { ClientAnswer } from "./client_answer.ts";
import type { RelayOptions } from "./relay_options.ts";
import type { StreamWatch } from "./stream_watch.ts";

/** Response fields that mean something to the upstream's vendor alone. */
const VENDORS_OWN = ["anthropic-", "openai-", "x-goog-"];

/**
 * Where an attempt's answer leaves for the client: as it came, or put into the client's format. What takes bytes
 * tells by `false` that they cannot be translated, and hands nothing on then.
 */
export class AnswerOutlet {
  readonly #client: ClientAnswer;
  readonly #mode: HeaderMode;
  readonly #translation: AnswerTranslation | undefined;
  readonly #clientHeaders: NonNullable<RelayOptions["clientHeaders"]>;

  constructor(
    client: ClientAnswer,
    { wanted, translation, clientHeaders = responseHeaders }: Pick<
      RelayOptions,
      "wanted" | "translation" | "clientHeaders"
    >,
  ) {
    this.#client = client;
    this.#mode = wanted.mode;
    this.#translation = translation;
    this.#clientHeaders = clientHeaders;
  }

  /** Sends the head of an upstream's answer; `keepLength`: its body passes whole and unchanged. */
  head(status: number, upstream: HeaderFields, keepLength: boolean): void {
    const translation = this.#translation;
    const headers = this.#clientHeaders(this.described(upstream), this.#mode);
    if (translation !== undefined) {
      const { dropped } = translation;
      if (dropped.length > 0) headers["x-tidegate-dropped"] = dropped.join(", ");
    } else if (keepLength) {
      const length = headerValue(upstream, "content-length");
      if (length !== undefined) headers["content-length"] = length;
    }
    if (headerValue(headers, "content-type")?.startsWith("text/event-stream")) {
      headers["x-accel-buffering"] = "no";
    }
    this.#client.head(status, headers);
  }

  /** An upstream's header fields with those of its body as the client gets it. */
  described(upstream: HeaderFields): HeaderFields {
    if (this.#translation === undefined) return upstream;
    const { ["content-encoding"]: _coding, ...fields } = vendorNeutral(upstream);
    return { ...fields, "content-type": this.#translation.contentType };
  }

  /** Whether the client gets events, where the upstream's answer is read as a stream or not. */
  streams(read: boolean): boolean {
    return this.#translation?.contentType.startsWith("text/event-stream") ?? read;
  }

  /** Bytes of an event stream, ending between two events where `between` says so. */
  events(bytes: Uint8Array, between: boolean): boolean {
    const translation = this.#translation;
    const translated = translation === undefined ? bytes : attempted(() => translation.push(bytes));
    if (translated === undefined) return false;
    if (translated.length > 0) this.#client.write(translated, translation !== undefined || between);
    return true;
  }

  /**
   * Ends the answer, read as `stream` or whole, with what a translation owes: its end, or the error that the upstream
   * told. False, with nothing ended, where what is owed cannot be translated.
   */
  end(stream: StreamWatch | undefined, toldEvent: RelayOptions["toldEvent"]): boolean {
    const translation = this.#translation;
    if (translation === undefined || stream === undefined) {
      this.#client.end();
      return true;
    }
    if (stream.told !== undefined) {
      // Inside an array there is no place for an event.
      if (this.streams(true)) this.#client.end(toldEvent(stream.errorData, stream.told));
      else this.#client.cut();
      return true;
    }
    const owed = attempted(() => translation.end());
    if (owed === undefined) return false;
    if (owed.length > 0) this.#client.write(owed, true);
    this.#client.end();
    return true;
  }

  /** The client's bytes for a whole answer; undefined where they cannot be made. */
  translated(body: Uint8Array): Uint8Array | undefined {
    return attempted(() => this.#translation?.whole(body) ?? body);
  }
}

function attempted(make: () => Uint8Array): Uint8Array | undefined {
  try {
    return make();
  } catch (error) {
    const isUnusable = error instanceof GatewayError && error.code === "upstream_malformed";
    if (isUnusable || error instanceof TranslationFault) return undefined;
    throw error;
  }
}

/** Header fields without those that mean something to the upstream's vendor alone. */
export function vendorNeutral(fields: HeaderFields): HeaderFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !VENDORS_OWN.some((prefix) => name.startsWith(prefix))),
  );
}
