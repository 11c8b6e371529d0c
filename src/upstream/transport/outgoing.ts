import type { Candidate, Endpoint } from "../../balancing/endpoint.ts";
import { GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import { spliceBytes } from "../../core/bytes/json_span.ts";
import type { Secret } from "../../core/secret.ts";
import type { Provider } from "../../providers/provider.ts";
import type { CallRequest } from "../call.ts";
import type { TranslatedRequest } from "../translation/answer_translation.ts";
import { editedBody, type EditedRequest, editRequestHeaders } from "../edits/apply_edits.ts";
import type { BodyEdit, ModelSpan, RequestBody, UpstreamRequest } from "../request.ts";
import { upstreamModel } from "./upstream_model.ts";
import { upstreamUrl, type UrlParts } from "./upstream_url.ts";

/** The client's request body on its way through the attempts of one request. */
export class OutgoingBody {
  readonly #body: RequestBody;
  readonly #sizeBytes: number | undefined;
  #begun = false;
  #error: unknown;
  #watcher: { uploading(): void } | undefined;

  /** `announced`: the client's own `content-length`, for bodies that are not in memory. */
  constructor(body: RequestBody, announced: string | undefined) {
    this.#body = body;
    this.#sizeBytes = announced !== undefined && /^\d{1,15}$/.test(announced) ? Number(announced) : undefined;
  }

  /** Whether the body can go out (again): false once the part that was not kept has begun to leave. */
  get sendable(): boolean {
    return !this.#begun;
  }

  /** What made the client's side of the body fail; undefined when it did not. */
  get error(): unknown {
    return this.#error;
  }

  /**
   * Told whenever a piece of a streamed body leaves, from now on. No function: V8 keeps one that is written where it is
   * put into a member among what lives long, and with it, until the whole heap is gone through, all that it can see.
   */
  set watcher(watcher: { uploading(): void }) {
    this.#watcher = watcher;
  }

  /** The body with another model spliced in, and an edit; without them, or where the body has no model, as it is. */
  forModel(model: string | undefined, edit?: BodyEdit): CallRequest["body"] {
    const body = this.#body;
    if (body.kind === "none") return undefined;
    const held = body.kind === "bytes" ? body.bytes : body.prefix;
    const renamed = model === undefined || body.model === undefined ? [] : [renaming(body.model, model)];
    const edits = edit === undefined ? renamed : [...renamed, edit];
    // From the last on, so that the places of the others still hold.
    const spliced = edits.sort((one, other) => other.start - one.start)
      .reduce((bytes, each) => spliceBytes(bytes, each, new TextEncoder().encode(each.text)), held);
    if (body.kind === "bytes") return spliced;
    const sizeBytes = this.#sizeBytes === undefined
      ? undefined
      : this.#sizeBytes + spliced.length - held.length;
    return { stream: this.#stream(spliced, body.rest), sizeBytes };
  }

  async *#stream(prefix: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield prefix;
    this.#begun = true;
    try {
      for await (const chunk of rest) {
        this.#watcher?.uploading();
        yield chunk;
      }
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }
}

/** Puts the model's name in, leaving every other byte as the client sent it. */
function renaming({ start, end, spelling }: ModelSpan, model: string): BodyEdit {
  return { start, end, text: spelled(model, spelling) };
}

function spelled(model: string, spelling: ModelSpan["spelling"]): string {
  switch (spelling) {
    case "form":
      return model;
    case "json":
      return JSON.stringify(model);
    case "only_member":
      return `"model":${JSON.stringify(model)}`;
    case "first_member":
      return `"model":${JSON.stringify(model)},`;
  }
}

/**
 * The request as `candidate` gets it: its URL, its model, what the operator's rules make of it, `edit`, its
 * credential (`key`). Throws `GatewayError` `invalid_path` for a path that would leave the endpoint's base URL, `invalid_json` for
 * a body that rules cannot be applied to.
 */
export function outgoingCall(
  request: UpstreamRequest,
  candidate: Candidate,
  provider: Provider,
  body: OutgoingBody,
  key: Secret | undefined,
  edit?: BodyEdit,
): CallRequest {
  const { endpoint } = candidate;
  const headers: HeaderFields = { ...request.headers };
  // Before the credential, which no rule may touch.
  editRequestHeaders(headers, candidate, request);
  if (key !== undefined) provider.authorize(headers, key);
  const wanted = upstreamModel(candidate, request.model);
  const model = wanted === (request.written ?? request.model) ? undefined : wanted;
  const { pathModel } = request;
  const path = pathModel === undefined || wanted === undefined
    ? request.path
    : pathModel.write(request.path, wanted);
  const query = request.azure === true && provider.place === undefined
    ? withoutApiVersion(request.query)
    : request.query;
  const url = urlOf(provider, endpoint, { path, query, model: wanted });
  // Where the URL names the model, a body that names none needs none.
  const isInUrl = provider.place !== undefined && url.includes("/deployments/") && request.written === "";
  return {
    method: request.method,
    url,
    headers,
    body: editedBody(
      body.forModel(pathModel !== undefined || isInUrl ? undefined : model, edit),
      candidate,
      request,
    ),
    link: endpoint.link,
  };
}

/** A translated request as `candidate` gets it, its credential being `key`; `edited`: as the upstream's format has it. Throws as {@link outgoingCall} does. */
export function translatedCall(
  translated: TranslatedRequest,
  candidate: Candidate,
  provider: Provider,
  key: Secret | undefined,
  edited: EditedRequest,
): CallRequest {
  const { endpoint } = candidate;
  const headers: HeaderFields = { ...translated.headers };
  editRequestHeaders(headers, candidate, edited);
  if (key !== undefined) provider.authorize(headers, key);
  const { path, query, model } = translated;
  return {
    method: "POST",
    url: urlOf(provider, endpoint, { path, query, model }),
    headers,
    body: editedBody(translated.body, candidate, edited),
    link: endpoint.link,
  };
}

/** The query without what Azure alone knows. */
function withoutApiVersion(query: string): string {
  return query.split("&").filter((pair) => !pair.startsWith("api-version=")).join("&");
}

function urlOf(provider: Provider, endpoint: Endpoint, parts: UrlParts): string {
  try {
    return upstreamUrl(provider, endpoint, parts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GatewayError(
      "invalid_path",
      "The path cannot be used: send it without empty, '.' or '..' segments and with special characters percent-encoded.",
    );
  }
}
