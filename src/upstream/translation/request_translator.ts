import { isJsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import type { ChatRequest } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Format } from "../../formats/format.ts";
import type {
  ReceivedRequest,
  Side,
  StreamFraming,
  UpstreamTraits,
  WrittenRequest,
} from "../../formats/translation/translation.ts";
import { ToolNames } from "../../formats/translation/tool_names.ts";
import type { UpstreamRequest } from "../request.ts";
import type { AnswerTranslation, TranslatedRequest } from "./answer_translation.ts";
import { ChatTranslation } from "./chat_translation.ts";
import { withoutCustomTools } from "./custom_calls.ts";
import { LossList } from "./loss_list.ts";
import { settleMembers, settleNativeChat } from "./native_members.ts";
import { PlainTranslation } from "./plain_translation.ts";
import type { TurnMemory } from "./turn_memory.ts";

/** What translating one client's request needs. */
export interface TranslatorParts {
  /** The client's format. */
  readonly format: Format;
  readonly request: UpstreamRequest;
  readonly memory: TurnMemory;
  /** Whose tool calls are remembered. */
  readonly tenant: string;
  readonly requestId: string;
  /** Wall clock, in milliseconds. */
  readonly nowMs: number;
}

/** What the upstream is, as far as a translation asks. */
export interface TranslationTarget {
  readonly format: Format;
  /** The name to ask it for. */
  readonly model: string;
  readonly traits: UpstreamTraits;
}

/** Request fields that mean something to the client's vendor or SDK alone. */
const VENDORS_OWN = [
  "anthropic-",
  "openai-",
  "x-goog-",
  "x-stainless-",
  "x-ms-",
  "x-api-",
  "x-claude-",
  "x-codex-",
];

/** Request fields that go to any vendor; those with other names go where they begin with `x-`. */
const ANYBODYS = ["user-agent", "accept-language"];

/** Puts one client's request into the formats of the upstreams that are asked, each time from what the client sent. */
export class RequestTranslator {
  readonly #parts: TranslatorParts;
  #received: ReceivedRequest | undefined;
  #chat: ChatRequest | undefined;

  constructor(parts: TranslatorParts) {
    this.#parts = parts;
  }

  /**
   * Throws `GatewayError`: `invalid_body` for what the client's own vendor would call malformed, `not_translatable`
   * for what the target's format cannot carry.
   */
  translate(target: TranslationTarget): TranslatedRequest {
    const { format: client } = this.#parts;
    const { format: upstream } = target;
    if (client.chat !== undefined && upstream.chat !== undefined) {
      return this.#translateChat(client.chat, upstream.chat, target);
    }
    if (client.embeddings !== undefined && upstream.embeddings !== undefined) {
      return this.#translatePlain(client.embeddings, upstream.embeddings, target, (request, losses) => {
        settleMembers(request.native, "", client.embeddings?.ownMembers ?? {}, losses);
        return request;
      });
    }
    if (client.tokenCount !== undefined && upstream.tokenCount !== undefined) {
      return this.#translatePlain(client.tokenCount, upstream.tokenCount, target, (request, losses) => {
        return settleNativeChat(request, client.tokenCount?.ownMembers ?? {}, losses);
      });
    }
    throw new RangeError(`Cannot translate '${client.type}' to '${upstream.type}': they share no hub`);
  }

  #translateChat(
    client: NonNullable<Format["chat"]>,
    upstream: NonNullable<Format["chat"]>,
    target: TranslationTarget,
  ): TranslatedRequest {
    const { memory, tenant, request } = this.#parts;
    const losses = new LossList(client.fieldNames, target.format.type);
    const names = new ToolNames();
    const asked = this.#chat ??= client.readRequest(this.#receivedRequest());
    const neutral = settleNativeChat(asked, client.ownMembers, losses);
    const { model, traits } = target;
    const keepsCustom = target.format.type === "openai_responses" || traits.customTools === true;
    const recalled = memory.recall(tenant, neutral, traits.reasoningReplay === true);
    const wanted = keepsCustom ? recalled : withoutCustomTools(recalled, losses);
    const written = upstream.writeRequest(wanted, { model, traits, losses, names });
    const { dropped } = losses;
    const answer = () =>
      new ChatTranslation({
        ...{ client, upstream, names, dropped },
        context: { ...this.#context(asked), framing: framingOf(this.#parts.format, request) },
        remember: (callId, company) => memory.remember(tenant, callId, company),
      });
    return this.#translated(written, model, answer);
  }

  #translatePlain<Q, A>(
    client: Side<Q, A>,
    upstream: Side<Q, A>,
    { format, model, traits }: TranslationTarget,
    settle: (request: Q, losses: LossList) => Q,
  ): TranslatedRequest {
    const losses = new LossList(client.fieldNames, format.type);
    const asked = client.readRequest(this.#receivedRequest());
    const written = upstream.writeRequest(settle(asked, losses), {
      model,
      traits,
      losses,
      names: new ToolNames(),
    });
    const { dropped } = losses;
    const answer = () => new PlainTranslation({ client, upstream, dropped, context: this.#context(asked) });
    return this.#translated(written, model, answer);
  }

  #translated(
    written: WrittenRequest,
    model: string,
    answer: () => AnswerTranslation,
  ): TranslatedRequest {
    const { request } = this.#parts;
    return {
      path: written.path,
      query: written.query,
      model,
      headers: { ...headersFor(request), ...written.headers },
      body: new TextEncoder().encode(JSON.stringify(written.body)),
      answer,
    };
  }

  #context<Q>(asked: Q) {
    const { request, requestId, nowMs } = this.#parts;
    return { asked, model: request.model ?? "", requestId, createdSeconds: Math.floor(nowMs / 1000) };
  }

  #receivedRequest(): ReceivedRequest {
    if (this.#received !== undefined) return this.#received;
    const { body, path, query, headers, model, stream } = this.#parts.request;
    const parsed = body.kind === "bytes" ? parseExact(new TextDecoder().decode(body.bytes)) : undefined;
    if (!isJsonObject(parsed)) {
      throw new GatewayError("invalid_body", "The request body is not a JSON object. Send one.");
    }
    return this.#received = { body: parsed, path, query, headers, model, stream };
  }
}

/** Gemini streams a JSON array unless `alt=sse` is asked for. */
export function framingOf(format: Format, { query }: Pick<UpstreamRequest, "query">): StreamFraming {
  return format.streamsArrays === true && !/(?:^|&)alt=sse(?:&|$)/.test(query) ? "json_array" : "sse";
}

function headersFor({ headers, stream }: UpstreamRequest): HeaderFields {
  const kept: HeaderFields = {
    "content-type": "application/json",
    accept: stream ? "text/event-stream" : "application/json",
  };
  for (const [name, value] of Object.entries(headers)) {
    const isAnybodys = ANYBODYS.includes(name) || name.startsWith("x-");
    if (isAnybodys && !VENDORS_OWN.some((prefix) => name.startsWith(prefix))) kept[name] = value;
  }
  return kept;
}
