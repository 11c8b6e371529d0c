/** Where a load is sent, over plain HTTP/1.1 on 127.0.0.1. */
export interface Target {
  readonly port: number;
  readonly path: string;
  /** Header fields beside `host`, `content-type` and `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Which of the two upstreams answers: the one for plain answers, or the one that streams. */
export type Route = "plain" | "streamed";

/** One way for a request to get to the upstream. */
export interface Contender extends AsyncDisposable {
  /** As tables name it. */
  readonly name: string;
  readonly version: string;
  readonly routes: Readonly<Record<Route, Target>>;
  /** The processes whose CPU time and memory count, read anew each time. */
  readonly pids: () => readonly number[];
  /** From starting the process to its first answer 200, in milliseconds. */
  readonly startMs: number;
}

/** The ports of the two upstreams. */
export type UpstreamPorts = Readonly<Record<Route, number>>;

/** Models by the upstream that serves them: both have list prices. */
export const MODELS: Readonly<Record<Route, string>> = { plain: "gpt-4o-mini", streamed: "gpt-4o" };

/** Path of every call. */
export const CHAT_PATH = "/v1/chat/completions";
