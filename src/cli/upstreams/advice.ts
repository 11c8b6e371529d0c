import type { OutcomeClass } from "../../core/outcome.ts";

/** What to do about a trial that came to a class, for the operator; one sentence or two. */
export const ADVICE: Readonly<Record<Exclude<OutcomeClass, "ok">, string>> = {
  "client_fault":
    "The upstream does not take this request: the path may be another. Compare the URL with the vendor's page.",
  "too_long": "The upstream found the request too long. Try another model.",
  "capability":
    "This vendor or this version of its API does not offer it. Name models in the config, or set an apiVersion.",
  "foreign_state":
    "The upstream looked for something of another account. Check that key and URL belong together.",
  "key_invalid": "The upstream refuses the key. Copy it anew, and check that it belongs to this URL.",
  "quota_spent": "The key is known, but its account has no quota or credit left.",
  "rate_limited": "The key is known, but it is at its rate limit now. Try again in a minute.",
  "model_missing":
    "The upstream does not have this model for this key. 'tidegate upstreams models' lists those it has.",
  "not_permitted":
    "The key may not do this: check its permissions, the region, and the vendor's allow-list of addresses.",
  "overloaded": "The upstream is overloaded now. Try again later.",
  "broken": "What answers there is no sound API. Check the URL: a wrong path is often a web page.",
  "unreachable": "Nobody answers there. Check host and port, the network, and HTTPS_PROXY.",
  "client_gone": "The call was broken off.",
};
