import type { Provider } from "../../providers/provider.ts";
import { parseSimulatedUrl } from "../../providers/simulated/script.ts";

/** A usable base URL, or what is wrong with it. */
export type CheckedUrl = { readonly url: string } | { readonly fault: string };

/**
 * Checks an upstream's base URL and spells it one way (lower-case host, no default port, no `/` at its end), so
 * that state is found again under the same endpoint id whatever the spelling. A fault never repeats the URL:
 * it may hold a credential.
 */
export function checkUpstreamUrl(text: string, provider: Provider): CheckedUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { fault: 'is not a URL; write it whole, such as "https://api.openai.com/v1"' };
  }
  if (url.username !== "" || url.password !== "") {
    return { fault: 'holds a user or password; put the credential into "keys"' };
  }
  if (provider.type === "simulated" || url.protocol === "simulated:") return checkSimulated(text, provider);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return { fault: "must begin with https:// or http://" };
  }
  if (text.includes("?") || text.includes("#")) {
    return { fault: "holds a query or fragment; a base URL has none" };
  }
  if (url.port === "0") return { fault: "has port 0, where nothing can listen" };
  const base = url.href.replace(/\/+$/, "");
  try {
    provider.url(base, "/v1/models");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { fault: "has a path that requests cannot be joined to; write it without empty or dot segments" };
  }
  return { url: base };
}

function checkSimulated(text: string, provider: Provider): CheckedUrl {
  if (provider.type !== "simulated") {
    return { fault: 'is simulated; set the pool\'s provider to "simulated"' };
  }
  try {
    parseSimulatedUrl(text);
    return { url: text };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { fault: error.message };
  }
}
