import type { Secret } from "../../../core/secret.ts";
import type { Steps } from "../../../core/time/steps.ts";
import type { Config, KeyConfig, PoolKeys } from "../../config.ts";

/** Keys entered between two steps: far less than a millisecond. */
const KEYS_A_STEP = 64;

/** What a list of keys was made of. */
export interface KeysSource {
  /** The entries of the list as they are written. */
  readonly written: string;
  /** The secrets behind each of them. */
  readonly found: readonly (readonly Secret[])[];
}

/** Sources by the lists that were made of them, and texts of key files by the secrets that were read from them. */
const sources = new WeakMap<readonly KeyConfig[], KeysSource>();
const texts = new WeakMap<readonly Secret[], string>();

/** Notes what a list was made of, for the configs that follow; only for one that is the same whenever it is made of that. */
export function noteSource(list: readonly KeyConfig[], source: KeysSource): void {
  sources.set(list, source);
}

/** Notes what was read from a key file, for the configs that follow. */
export function noteText(secrets: readonly Secret[], text: string): void {
  texts.set(secrets, text);
}

/**
 * The keys of the config before. A list that is made of the same stays the same object, and so does each key of a list
 * that is what it was; one whose settings changed keeps its secret's: whoever follows configs then knows by one look what
 * is new of fifty thousand.
 */
export class FormerKeys {
  readonly #before: Config | undefined;
  readonly #byText = new Map<string, readonly Secret[]>();

  /** Undefined: there was none. */
  constructor(before: Config | undefined) {
    this.#before = before;
    for (const { keys, upstreams } of before?.pools ?? []) {
      for (const list of [keys, ...upstreams.map((upstream) => upstream.keys)]) {
        if (list !== undefined) this.#readTexts(list);
      }
    }
  }

  /** The secrets that the config before read from a key file of this very text. */
  secretsOf(text: string): readonly Secret[] | undefined {
    return this.#byText.get(text);
  }

  /** The list that a pool had, or one of its upstreams. */
  list(pool: string, upstream?: string): FormerList {
    const ofPool = this.#before?.pools.find(({ name }) => name === pool);
    const keys = upstream === undefined
      ? ofPool?.keys
      : ofPool?.upstreams.find(({ name }) => name === upstream)?.keys;
    return new FormerList(typeof keys === "object" ? keys : []);
  }

  #readTexts(list: PoolKeys): void {
    if (typeof list === "string") return;
    for (const secrets of sources.get(list)?.found ?? []) {
      const text = texts.get(secrets);
      if (text !== undefined) this.#byText.set(text, secrets);
    }
  }
}

/** A list of the config before, met by the secrets of the one that takes its place, mostly in the same order. */
export class FormerList {
  readonly #list: readonly KeyConfig[];
  #at = 0;
  readonly #passed: KeyConfig[] = [];

  constructor(list: readonly KeyConfig[]) {
    this.#list = list;
  }

  /** The whole list, where it was made of the same. */
  madeOf({ written, found }: KeysSource): readonly KeyConfig[] | undefined {
    const source = sources.get(this.#list);
    if (source?.written !== written || source.found.length !== found.length) return undefined;
    return source.found.every((one, at) => isSameSecrets(one, found[at] ?? [])) ? this.#list : undefined;
  }

  /** The key of that secret, where it stands behind the one met last or after one more; else see {@link rest}. */
  next(secret: string): KeyConfig | undefined {
    for (const step of [0, 1]) {
      const key = this.#list[this.#at + step];
      if (key?.secret.reveal() !== secret) continue;
      this.#passed.push(...this.#list.slice(this.#at, this.#at + step));
      this.#at += step + 1;
      return key;
    }
    return undefined;
  }

  /** By secret, all that {@link next} did not give. */
  *rest(): Steps<ReadonlyMap<string, KeyConfig>> {
    const rest = new Map<string, KeyConfig>();
    for (const list of [this.#passed, this.#list.slice(this.#at)]) {
      for (const key of list) {
        rest.set(key.secret.reveal(), key);
        if (rest.size % KEYS_A_STEP === 0) yield;
      }
    }
    return rest;
  }
}

/** `key`, or what the config before had for its secret: the very key where it says the same, else its secret at least. */
export function keptKey(key: KeyConfig, former: KeyConfig): KeyConfig {
  return isSame(former, key) ? former : { ...key, secret: former.secret };
}

/** Key files of one text give the same list; single secrets are compared. */
function isSameSecrets(a: readonly Secret[], b: readonly Secret[]): boolean {
  if (a === b) return true;
  const [one, other] = [a[0], b[0]];
  return a.length === 1 && b.length === 1 && one?.reveal() === other?.reveal();
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
