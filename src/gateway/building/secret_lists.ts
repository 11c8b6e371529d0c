import type { Config, KeyConfig } from "../../config/config.ts";
import type { Secret } from "../../core/secret.ts";

/** Secrets by the lists of keys that hold them: whoever follows configs passes over fifty thousand by one look at their list. */
const known = new WeakMap<readonly KeyConfig[], readonly string[]>();

/** Every credential that the pools and proxies of a config hold, in lists; a list of keys that stays the same object has the same list of secrets. */
export function secretLists(
  { pools, proxies = [] }: Pick<Config, "pools" | "proxies">,
): (readonly string[])[] {
  const ofKeys = pools.flatMap(({ keys, upstreams }) => [keys, ...upstreams.map((upstream) => upstream.keys)])
    .flatMap((keys) => typeof keys === "object" ? [secretsOf(keys)] : []);
  return [...ofKeys, proxies.flatMap(({ url }) => url === undefined ? [] : secretParts(url))];
}

function secretsOf(keys: readonly KeyConfig[]): readonly string[] {
  let secrets = known.get(keys);
  if (secrets === undefined) known.set(keys, secrets = keys.map(({ secret }) => secret.reveal()));
  return secrets;
}

/** A proxy's URL and the password in it (or the user where there is none), as it is written and as it is sent. */
function secretParts(url: Secret): string[] {
  const { username = "", password = "" } = URL.parse(url.reveal()) ?? {};
  const login = password || username;
  return login === "" ? [] : [url.reveal(), login, decodeURIComponent(login)];
}
