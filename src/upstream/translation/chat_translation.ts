import { isJsonObject, type JsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import { isTooDeep } from "../../core/bytes/json_depth.ts";
import { SseSplitter } from "../../core/bytes/sse.ts";
import type {
  ChatAnswer,
  ChatEvent,
  ChatPart,
  ChatRequest,
  OpaqueSignature,
  ReasoningPart,
} from "../../core/chat.ts";
import type {
  AnswerContext,
  ChatEventReader,
  ChatEventWriter,
  ChatSide,
  StreamFraming,
} from "../../formats/translation/translation.ts";
import { mediaText } from "../../formats/translation/media_text.ts";
import type { ToolNames } from "../../formats/translation/tool_names.ts";
import { type AnswerTranslation, NO_BYTES, TranslationFault } from "./answer_translation.ts";
import { answerEvents } from "./chat_stream.ts";
import { CustomCalls } from "./custom_calls.ts";
import { objectOf } from "./plain_translation.ts";
import type { CallCompany } from "./turn_memory.ts";

/** Largest event of an upstream that is translated, in bytes: pictures come in one. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024;

/** What translating one chat answer needs. */
export interface ChatAnswerParts {
  /** The client's side and the upstream's. */
  readonly client: ChatSide;
  readonly upstream: ChatSide;
  readonly context: AnswerContext<ChatRequest> & { readonly framing: StreamFraming };
  readonly names: ToolNames;
  readonly dropped: readonly string[];
  /** Keeps what stood with a tool call; see `turn_memory.ts`. */
  readonly remember: (callId: string, company: CallCompany) => void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Translates one chat answer, whole or as a stream, event by event: nothing waits that could go out. */
export class ChatTranslation implements AnswerTranslation {
  readonly contentType: string;
  readonly streams: boolean;
  readonly dropped: readonly string[];
  readonly #parts: ChatAnswerParts;
  readonly #splitter = new SseSplitter(this, MAX_EVENT_BYTES);
  readonly #reader: ChatEventReader;
  readonly #writer: ChatEventWriter;
  readonly #custom: CustomCalls;
  readonly #company: Company;
  readonly #emit = (event: ChatEvent) => this.#take(event);
  #out = "";
  #ended = false;
  #fault: string | undefined;

  constructor(parts: ChatAnswerParts) {
    const { client, upstream, context } = parts;
    this.#parts = parts;
    this.dropped = parts.dropped;
    this.streams = context.asked.stream;
    this.contentType = this.streams && context.framing === "sse"
      ? "text/event-stream; charset=utf-8"
      : "application/json; charset=utf-8";
    this.#reader = upstream.eventReader();
    this.#writer = client.eventWriter(context);
    this.#custom = new CustomCalls(context.asked);
    this.#company = new Company(parts.remember);
  }

  whole(body: Uint8Array): Uint8Array {
    const { client, upstream, context, names } = this.#parts;
    const read = upstream.readAnswer(objectOf(body));
    const answer = this.#restored(read, names);
    if (!this.streams) return encoder.encode(JSON.stringify(client.writeAnswer(answer, context)));
    for (const event of answerEvents(answer)) this.#write(event);
    return this.#flush();
  }

  push(chunk: Uint8Array): Uint8Array {
    this.#splitter.push(chunk);
    if (this.#fault !== undefined) throw new TranslationFault(this.#fault);
    return this.#flush();
  }

  end(): Uint8Array {
    this.#splitter.flush();
    if (!this.#ended) this.#reader.end(this.#emit);
    if (!this.#ended) this.#take({ kind: "end" });
    return this.#flush();
  }

  /** For the splitter. */
  event(name: string, data: Uint8Array): void {
    // The relay has seen errors already, and tells them in the client's own way.
    if (this.#ended || data.length === 0 || name === "error") return;
    const text = decoder.decode(data);
    if (text === "[DONE]") return this.#reader.end(this.#emit);
    let value: unknown;
    try {
      value = parseExact(text);
    } catch {
      this.#fault = "an event is no JSON";
      return;
    }
    if (isTooDeep(value, data.length)) {
      this.#fault = "an event is nested deeper than can be written again";
      return;
    }
    if (isJsonObject(value) && !tellsError(value)) this.#reader.event(name, value, this.#emit);
  }

  /** For the splitter. */
  oversized(): void {
    this.#fault = "an event is larger than can be translated";
  }

  #take(event: ChatEvent): void {
    if (this.#ended) return;
    const named = event.kind === "tool_start"
      ? { ...event, name: this.#parts.names.original(event.name) }
      : event;
    for (const each of this.#custom.events(named)) this.#write(each);
  }

  #write(event: ChatEvent): void {
    if (event.kind === "end") this.#ended = true;
    this.#company.see(event);
    this.#out += this.#writer.write(event);
  }

  #restored(answer: ChatAnswer, names: ToolNames): ChatAnswer {
    return {
      ...answer,
      choices: answer.choices.map((choice) => {
        const parts = choice.parts.map((part) =>
          this.#custom.part(
            part.kind === "tool_call" ? { ...part, name: names.original(part.name) } : asText(part),
          )
        );
        if (!this.streams) this.#company.seeWhole(parts);
        return { ...choice, parts };
      }),
    };
  }

  #flush(): Uint8Array {
    if (this.#out === "") return NO_BYTES;
    const bytes = encoder.encode(this.#out);
    this.#out = "";
    return bytes;
  }
}

/** Most characters of thoughts that are gathered for one answer. */
const MAX_GATHERED_LENGTH = 65_536;

/** Gathers the thoughts before each tool call. */
class Company {
  readonly #remember: ChatAnswerParts["remember"];
  #text = "";
  #thoughts: ReasoningPart[] = [];

  constructor(remember: ChatAnswerParts["remember"]) {
    this.#remember = remember;
  }

  see(event: ChatEvent): void {
    if (event.kind === "reasoning" && this.#text.length <= MAX_GATHERED_LENGTH) this.#text += event.text;
    if (event.kind === "reasoning_end") this.#close(event);
    if (event.kind === "tool_start") {
      this.#remember(event.id, { reasoning: this.#thoughts, signature: event.signature });
    }
  }

  seeWhole(parts: ChatAnswer["choices"][number]["parts"]): void {
    const reasoning = parts.filter((part): part is ReasoningPart => part.kind === "reasoning");
    for (const part of parts) {
      if (part.kind === "tool_call") this.#remember(part.id, { reasoning, signature: part.signature });
    }
  }

  #close(
    { signature, redacted, id }: {
      signature?: OpaqueSignature | undefined;
      redacted?: boolean | undefined;
      id?: string | undefined;
    },
  ): void {
    this.#thoughts = [...this.#thoughts, { kind: "reasoning", text: this.#text, signature, redacted, id }];
    this.#text = "";
  }
}

/** No format but Gemini's, whose clients get its answers as they are, has a place for media in an answer. */
function asText(part: ChatPart): ChatPart {
  return part.kind === "image" || part.kind === "audio" || part.kind === "file"
    ? { kind: "text", text: mediaText(part) }
    : part;
}

function tellsError(data: JsonObject): boolean {
  const { error, type } = data;
  return (error !== undefined && error !== null) || type === "error" || type === "response.failed";
}
