/**
 * A small upstream as a process of its own: `deno run -A upstream_program.ts PORT`. Answers chat requests, streamed
 * and not, with the same text in its own time, so that a kill meets requests at every stage.
 * @module
 */

const WORDS = ["One", " two", " three", " four", " five", " six", " seven", " eight"];

/** Longest pause before the first word, and between two, in milliseconds. */
const FIRST_PAUSE_MS = 60;
const PAUSE_MS = 20;

const encoder = new TextEncoder();

function pause(longestMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longestMs));
}

function event(delta: object, finish: string | null): Uint8Array {
  const choices = [{ index: 0, delta, "finish_reason": finish }];
  const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices };
  return encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`);
}

async function* events(): AsyncGenerator<Uint8Array> {
  yield event({ role: "assistant", content: "" }, null);
  await pause(FIRST_PAUSE_MS);
  for (const word of WORDS) {
    yield event({ content: word }, null);
    await pause(PAUSE_MS);
  }
  yield event({}, "stop");
  yield encoder.encode("data: [DONE]\n\n");
}

async function whole(): Promise<string> {
  await pause(FIRST_PAUSE_MS + WORDS.length * PAUSE_MS);
  const message = { role: "assistant", content: WORDS.join("") };
  const choices = [{ index: 0, message, "finish_reason": "stop" }];
  return JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices });
}

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }, async (request) => {
  const { stream } = await request.json();
  if (stream === true) {
    return new Response(ReadableStream.from(events()), { headers: { "content-type": "text/event-stream" } });
  }
  return new Response(await whole(), { headers: { "content-type": "application/json" } });
});
