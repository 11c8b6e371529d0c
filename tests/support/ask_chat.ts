/** One chat request. */
export interface ChatQuestion {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly stream: boolean;
}

/** What became of it. */
export interface ChatAnswer {
  /** The client has a whole, good answer: 200, and a stream's own end mark. */
  readonly ok: boolean;
  readonly status: number;
  /** The body, or what the connection failed with. */
  readonly text: string;
  /** The request's id, as the gateway said it; undefined when no head came. */
  readonly id: string | undefined;
  /** Whether bytes of an answer came before it failed. */
  readonly begun: boolean;
}

/** Asks as a plain client would, once; never rejects. */
export async function askChat({ url, key, model, stream }: ChatQuestion): Promise<ChatAnswer> {
  let status = 0;
  let id: string | undefined;
  let text = "";
  try {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        accept: stream ? "text/event-stream" : "application/json",
      },
      body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hi" }] }),
    });
    status = answer.status;
    id = answer.headers.get("x-request-id") ?? undefined;
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
    const whole = stream
      ? text.endsWith("data: [DONE]\n\n") && !text.includes('"error"')
      : isChatObject(text);
    return { ok: status === 200 && whole, status, text, id, begun: text !== "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown error";
    return { ok: false, status, text: `${text}[${reason}]`, id, begun: text !== "" };
  }
}

function isChatObject(text: string): boolean {
  try {
    return JSON.parse(text).object === "chat.completion";
  } catch {
    return false;
  }
}
