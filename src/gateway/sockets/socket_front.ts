import { registryOf } from "../../core/registry.ts";
import type { Format } from "../../formats/format.ts";
import * as formatModule from "../../formats/mod.ts";
import type { Front } from "../facts/front.ts";

/** A front that a WebSocket can be opened at. */
export type SocketFront = Exclude<Front, { kind: "models" }>;

/** The model is in the query, which is read apart. */
const PLAIN = { dialect: "openai", named: undefined } as const;

const formats = registryOf<Format>(formatModule);

/** Azure's spellings of OpenAI's path: the newer surface has the version in it, the older one in the query. */
const AZURE_PREFIXES = ["/openai/v1/", "/openai/"] as const;

/**
 * Where a WebSocket goes, by its path alone; undefined where none is offered: everywhere but at `/v1/realtime`, Azure's
 * spellings of it, and below `/proxy/{name}/`.
 */
export function socketFrontOf(path: string): SocketFront | undefined {
  const format = formats.get("openai_other");
  if (path.startsWith("/proxy/")) {
    const slash = path.indexOf("/", "/proxy/".length);
    if (slash < 0) return undefined;
    const name = decoded(path.slice("/proxy/".length, slash));
    const rest = path.slice(slash);
    if (name === "") return undefined;
    const pathClass = realtimePath(rest) === undefined ? "proxy" : "inference";
    return { kind: "proxy", name, path: rest, format, ...PLAIN, pathClass, isOpaque: true };
  }
  const realtime = realtimePath(path);
  if (realtime === undefined) return undefined;
  return { kind: "format", format, ...PLAIN, pathClass: "inference", path: realtime, isOpaque: false };
}

/** `/v1/realtime…` for each spelling of it. */
function realtimePath(path: string): string | undefined {
  const prefix = AZURE_PREFIXES.find((each) => path.startsWith(each));
  const plain = prefix === undefined ? path : `/v1/${path.slice(prefix.length)}`;
  return plain === "/v1/realtime" || plain.startsWith("/v1/realtime/") ? plain : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
