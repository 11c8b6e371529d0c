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
    const key = this.#list[this.#at];
    if (key?.secret.reveal() === secret) {
      this.#at++;
      return key;
    }
    const after = this.#list[this.#at + 1];
    if (key === undefined || after?.secret.reveal() !== secret) return undefined;
    this.#passed.push(key);
    this.#at += 2;
    return after;
  }

  /**
   * Whether a secret comes twice among these, which take the list's place. A list has each once, so only those that it
   * does not have where they stand are looked at: of fifty thousand mostly one.
   */
  *hasTwice(found: readonly (readonly Secret[])[]): Steps<boolean> {
    const unmet = new Set<string>();
    let unmetKeys = 0;
    let at = 0;
    let steps = 0;
    for (const secrets of found) {
      for (const secret of secrets) {
        if (++steps % KEYS_A_STEP === 0) yield;
        const text = secret.reveal();
        if (this.#list[at]?.secret.reveal() === text) at++;
        else if (this.#list[at + 1]?.secret.reveal() === text) at += 2;
        else if (unmet.size === unmet.add(text).size) return true;
        else unmetKeys++;
      }
    }
    if (unmetKeys === 0) return false;
    for (const secrets of found) {
      for (const secret of secrets) {
        if (++steps % KEYS_A_STEP === 0) yield;
        if (unmet.has(secret.reveal()) && --unmetKeys < 0) return true;
      }
    }
    return false;
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

/** What a key says beside its secret. */
export type KeySettings = Omit<KeyConfig, "secret">;

/** The key of these settings and of the secret that `former` has: the very key where it says the same. */
export function keptKey(settings: KeySettings, former: KeyConfig): KeyConfig {
  return isSame(former, settings) ? former : { ...settings, secret: former.secret };
}

/** Key files of one text give the same list; single secrets are compared. */
function isSameSecrets(a: readonly Secret[], b: readonly Secret[]): boolean {
  if (a === b) return true;
  const [one, other] = [a[0], b[0]];
  return a.length === 1 && b.length === 1 && one?.reveal() === other?.reveal();
}

/** Whether two keys of one secret say the same. A proxy's URL and certificates are not looked into: such keys are made anew. */
function isSame(a: KeySettings, b: KeySettings): boolean {
  return a.name === b.name && a.weight === b.weight && a.priority === b.priority && a.enabled === b.enabled &&
    a.quotaGroup === b.quotaGroup && a.note === b.note && a.link === undefined && b.link === undefined &&
    isAlike(a.models, b.models) && isAlike(a.limits, b.limits) && isAlike(a.account, b.account);
}

/** For plain data. */
function isAlike(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
