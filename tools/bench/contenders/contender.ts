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

/** Names of the contenders. */
export const TIDEGATE = "Tidegate";
export const TIDEGATE_OFF = "Tidegate, records off";
export const NGINX = "nginx";
export const PORTKEY = "Portkey";
export const BARE = "bare proxy on Deno";
export const DIRECT = "direct";

/** The ports of the two upstreams. */
export type UpstreamPorts = Readonly<Record<Route, number>>;

/** Models by the upstream that serves them: both have list prices. */
export const MODELS: Readonly<Record<Route, string>> = { plain: "gpt-4o-mini", streamed: "gpt-4o" };

/** Path of every call. */
export const CHAT_PATH = "/v1/chat/completions";
