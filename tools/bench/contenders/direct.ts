import { CHAT_PATH, type Contender, DIRECT, type UpstreamPorts } from "./contender.ts";

/** No gateway at all: what there is to add to. */
export function direct(upstreams: UpstreamPorts): Contender {
  return {
    name: DIRECT,
    version: "",
    routes: {
      plain: { port: upstreams.plain, path: CHAT_PATH, headers: {} },
      streamed: { port: upstreams.streamed, path: CHAT_PATH, headers: {} },
    },
    pids: () => [],
    startMs: 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
