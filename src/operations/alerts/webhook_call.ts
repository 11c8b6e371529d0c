import type { Runtime } from "../../core/runtime.ts";
import type { CallStarter } from "../../upstream/call.ts";

/** Longest time for one call, from its start to the answer's last byte, in milliseconds. */
export const CALL_DEADLINE_MS = 10_000;

/** Most bytes of an answer that are read; what messengers answer is far shorter. */
const MAX_ANSWER_BYTES = 4096;

/** What a call came to: an answer, or a closed word for why there is none. */
export type WebhookAnswer =
  | { readonly status: number; readonly text: string }
  | { readonly failure: string };

/** Posts JSON to `url`. Never rejects; an aborted `signal` or a passed deadline ends the call. */
export function postJson(
  { caller, runtime }: { readonly caller: CallStarter; readonly runtime: Runtime },
  { url, body }: { readonly url: string; readonly body: unknown },
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  return new Promise((resolve) => {
    let status = 0;
    let sizeBytes = 0;
    let text = "";
    const decoder = new TextDecoder();
    const settle = (answer: WebhookAnswer) => {
      deadline.cancel();
      signal.removeEventListener("abort", stopped);
      resolve(answer);
    };
    const giveUp = (failure: string) => {
      call.abort();
      settle({ failure });
    };
    const stopped = () => giveUp("stopped");
    const deadline = runtime.after(CALL_DEADLINE_MS, () => giveUp("timeout"));
    const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "tidegate" };
    const request = { method: "POST", url, headers, body: new TextEncoder().encode(JSON.stringify(body)) };
    const call = caller.startCall(request, {
      sent() {},
      head: (code) => void (status = code),
      data(chunk) {
        text += decoder.decode(chunk.subarray(0, MAX_ANSWER_BYTES - sizeBytes), { stream: true });
        sizeBytes += chunk.length;
        if (sizeBytes < MAX_ANSWER_BYTES) return;
        call.abort();
        settle({ status, text });
      },
      end: () => settle({ status, text }),
      failed: ({ kind }) => settle({ failure: kind }),
    });
    if (signal.aborted) stopped();
    else signal.addEventListener("abort", stopped);
  });
}
