import { askChat, type ChatAnswer, type ChatQuestion } from "./ask_chat.ts";

/** Requests that go on until they are told to stop. */
export interface ChatLoad {
  /** Answers so far that were not whole and good, with when they ended. */
  readonly bad: readonly (ChatAnswer & { readonly endedMs: number })[];
  /** Good answers so far: request ids with the time (`performance.now()`) at which the client had seen the end. */
  readonly good: readonly { readonly id: string; readonly endedMs: number }[];
  /** Asks no more; resolves when the last answer is over. */
  stop(): Promise<void>;
}

/** Begins to ask without a break from `atOnce` clients, every other one of them streamed. */
export function chatLoad(question: Omit<ChatQuestion, "stream">, atOnce: number): ChatLoad {
  const good: { id: string; endedMs: number }[] = [];
  const bad: (ChatAnswer & { endedMs: number })[] = [];
  let stopped = false;
  const ask = async (stream: boolean) => {
    while (!stopped) {
      const answer = await askChat({ ...question, stream });
      const endedMs = performance.now();
      if (answer.ok && answer.id !== undefined) good.push({ id: answer.id, endedMs });
      else bad.push({ ...answer, endedMs });
    }
  };
  const asking = Promise.all(Array.from({ length: atOnce }, (_, number) => ask(number % 2 === 0)));
  return {
    good,
    bad,
    async stop() {
      stopped = true;
      await asking;
    },
  };
}
