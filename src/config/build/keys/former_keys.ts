import type { Config, KeyConfig } from "../../config.ts";

/**
 * The keys of the config before. A key that is what it was stays the same object, and one whose settings changed keeps
 * its secret's: whoever follows configs then knows by one look what is new of fifty thousand.
 */
export class FormerKeys {
  readonly #before: Config | undefined;
  #bySecret: Map<string, KeyConfig> | undefined;

  /** Undefined: there was none. */
  constructor(before: Config | undefined) {
    this.#before = before;
  }

  /** The same key as the config before had it, where it had it; else `key`. */
  kept(key: KeyConfig): KeyConfig {
    if (this.#before === undefined) return key;
    this.#bySecret ??= keysBySecret(this.#before);
    const former = this.#bySecret.get(key.secret.reveal());
    if (former === undefined) return key;
    return isSame(former, key) ? former : { ...key, secret: former.secret };
  }
}

function keysBySecret({ pools }: Config): Map<string, KeyConfig> {
  const bySecret = new Map<string, KeyConfig>();
  for (const { keys, upstreams } of pools) {
    for (const list of [keys, ...upstreams.map((upstream) => upstream.keys)]) {
      if (list === undefined || typeof list === "string") continue;
      for (const key of list) bySecret.set(key.secret.reveal(), key);
    }
  }
  return bySecret;
}

/** Whether two keys of one secret say the same. A proxy's URL and certificates are not looked into: such keys are made anew. */
function isSame(a: KeyConfig, b: KeyConfig): boolean {
  return a.name === b.name && a.weight === b.weight && a.priority === b.priority && a.enabled === b.enabled &&
    a.quotaGroup === b.quotaGroup && a.note === b.note && a.link === undefined && b.link === undefined &&
    isAlike(a.models, b.models) && isAlike(a.limits, b.limits) && isAlike(a.account, b.account);
}

/** For plain data. */
function isAlike(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
