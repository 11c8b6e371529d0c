import type { HeaderFields } from "../core/exchange.ts";
import type { Span } from "../core/bytes/json_span.ts";
import type { PathModel } from "../formats/format.ts";
import type { EditFacts } from "./edits/header_template.ts";

/** The client's body, as far as we hold it. */
export type RequestBody =
  | { readonly kind: "none" }
  /** Whole and in memory: may be sent again to another endpoint. `model` is where the model stands or goes. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly model: ModelSpan | undefined }
  /** Too large or of unknown shape: `prefix` was read, the rest follows from the client; sent once only. */
  | {
    readonly kind: "stream";
    readonly prefix: Uint8Array;
    readonly rest: AsyncIterable<Uint8Array>;
    readonly model: ModelSpan | undefined;
  };

/** Where the model's name stands in the body, or where it goes when the target names one and the body does not. */
export interface ModelSpan extends Span {
  /**
   * `json`: a JSON value, quotes included; `form`: the bare value of a multipart field; `first_member` and
   * `only_member`: the empty place behind the object's opening brace, with other members after it or without.
   */
  readonly spelling: "json" | "form" | "first_member" | "only_member";
}

/** Text that is put into a body in the place of a stretch of it. */
export interface BodyEdit extends Span {
  readonly text: string;
}

/** What goes to an upstream, before an endpoint is chosen: the client's own request, filtered. */
export interface UpstreamRequest {
  readonly method: string;
  /** Front path as the provider's `url()` takes it: `/v1/chat/completions`, or what follows `/proxy/{name}`. */
  readonly path: string;
  /** Raw query without credentials and without `?`. */
  readonly query: string;
  /** Client header fields that may go on: no credential, no hop-by-hop field, no host. */
  readonly headers: HeaderFields;
  readonly body: RequestBody;
  /** The client asked for a streamed answer. */
  readonly stream: boolean;
  /** The model to ask for where the candidate names none; undefined for a request without one. */
  readonly model: string | undefined;
  /** The model as the client's body names it, empty where it names none; undefined: as `model`. */
  readonly written?: string | undefined;
  /** For formats whose model stands in the path: puts the one to ask for there. */
  readonly pathModel?: PathModel | undefined;
  /** Asks for the usage of a streamed answer where the client does not; undefined: it is not to be asked for. */
  readonly usageFlag?: BodyEdit | undefined;
  /** The client spoke Azure's layout: its query may hold an `api-version` that means nothing elsewhere. */
  readonly azure?: boolean | undefined;
  /** What the operator's edits look at; absent: it is edited by none. */
  readonly edited?: EditFacts | undefined;
}
