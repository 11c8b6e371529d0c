import { remember } from "../../core/memory/remember.ts";

/** Where a call goes. */
export interface CallPlace {
  readonly url: URL;
  /** Scheme and authority, as {@link URL.origin} spells them. */
  readonly origin: string;
  /** Path and query, byte for byte as they were given. */
  readonly target: string;
}

/** URLs that are taken apart once: most calls go to the same few. */
const REMEMBERED_URLS = 1_000;

/** Where an absolute URL leads; undefined for what is no URL of HTTP. */
export const placeOf: (url: string) => CallPlace | undefined = remember((text): CallPlace | undefined => {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  return { url, origin: url.origin, target: targetOf(text) };
}, REMEMBERED_URLS);

/** Path and query byte for byte: the URL parser would percent-encode signs that the client sent as they are. */
function targetOf(url: string): string {
  const target = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] ?? "";
  return target.startsWith("/") ? target : `/${target}`;
}
