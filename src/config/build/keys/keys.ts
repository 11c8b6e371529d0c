import type { Secret } from "../../../core/secret.ts";
import type { Steps } from "../../../core/time/steps.ts";
import type { KeyConfig, PoolKeys } from "../../config.ts";
import type { Report } from "../../problem.ts";
import { limitSet } from "../../schema/limits/limits_field.ts";
import type { PoolFile } from "../../schema/pool_file.ts";
import type { Path } from "../../text/document.ts";
import { accountOf, type LinkBuilder } from "../edits/links.ts";
import type { SecretResolver } from "../secrets.ts";
import { type FormerKeys, type FormerList, keptKey, noteSource } from "./former_keys.ts";

/** Keys made between two steps: far less than a millisecond. */
const KEYS_A_STEP = 64;

type KeysFile = NonNullable<PoolFile["keys"]>;

/** What keys are made with. */
export interface KeyBuilding {
  readonly secrets: SecretResolver;
  readonly links: LinkBuilder;
  readonly report: Report;
  /** Those of the config before, which stay the same objects where nothing of them changed. */
  readonly former: FormerKeys;
}

/** Makes the credentials of one list, in steps, from what the config before had in its place; reports names that come twice, and warns of secrets that do. */
export function* buildKeys(
  file: KeysFile | undefined,
  path: Path,
  former: FormerList,
  { secrets, links, report }: Omit<KeyBuilding, "former">,
): Steps<PoolKeys> {
  if (file === undefined || file === "client") return file ?? "none";
  if (file.length === 0) return "none";
  const all = yield* secretsOf(file, path, secrets);
  const source = { written: JSON.stringify(file), found: all };
  const same = former.madeOf(source);
  if (same !== undefined) return same;
  const names = new Set<string>();
  /** Where a secret came first: its entry and its place among that one's secrets; undefined where none comes twice. */
  const seen = (yield* former.hasTwice(all)) ? new Map<string, readonly [number, number]>() : undefined;
  const keys: KeyConfig[] = [];
  /** Places of those that are not where the config before had them. */
  const unmet: number[] = [];
  let isPlain = true;
  let steps = 0;
  for (const [index, entry] of file.entries()) {
    const keyPath: Path = [...path, index];
    const item = typeof entry === "string" ? { key: entry, weight: 1, priority: 0, enabled: true } : entry;
    const found = all[index] ?? [];
    if (item.name !== undefined && names.has(item.name)) {
      report.problem([...keyPath, "name"], "another key of this list has this name", "names are unique");
    }
    if (item.name !== undefined) names.add(item.name);
    const { weight, priority, enabled, models, quotaGroup, note } = item;
    const more = {
      account: accountOf(item),
      link: links.build(item, keyPath),
      limits: limitSet(item.limits),
    };
    // What all keys of the entry say, a file's fifty thousand too.
    const ofEntry = { name: item.name, weight, priority, enabled, models, quotaGroup, note, ...more };
    // A proxy is the config's, and certificates are read from files: the same words may mean another one.
    if (more.link !== undefined) isPlain = false;
    for (const [at, secret] of found.entries()) {
      if (++steps % KEYS_A_STEP === 0) yield;
      const text = secret.reveal();
      const first = seen?.get(text);
      if (first !== undefined) {
        const [place, other] = [[index, at] as const, first].map((each) => placeOf(each, all));
        report.warn(keyPath, `${place} is the same as ${other}; it is used once`, "remove one");
        // A list that is taken over would not warn again.
        isPlain = false;
        continue;
      }
      seen?.set(text, [index, at]);
      const isNumbered = item.name !== undefined && found.length > 1;
      const settings = isNumbered ? { ...ofEntry, name: `${item.name}-${at + 1}` } : ofEntry;
      const before = former.next(text);
      if (before === undefined) unmet.push(keys.length);
      keys.push(before === undefined ? { ...settings, secret } : keptKey(settings, before));
    }
  }
  if (unmet.length > 0) yield* meetElsewhere(keys, unmet, former);
  if (isPlain) noteSource(keys, source);
  return keys;
}

/** The secrets behind each entry. */
function* secretsOf(file: KeysFile, path: Path, secrets: SecretResolver): Steps<(readonly Secret[])[]> {
  const all: (readonly Secret[])[] = [];
  if (typeof file === "string") return all;
  for (const [index, entry] of file.entries()) {
    const keyPath: Path = [...path, index];
    all.push(
      typeof entry === "string"
        ? yield* secrets.resolving(entry, keyPath)
        : yield* secrets.resolving(entry.key, [...keyPath, "key"]),
    );
  }
  return all;
}

/** Keeps those of `keys` at the places `unmet` that the config before had somewhere else in the list. */
function* meetElsewhere(keys: KeyConfig[], unmet: readonly number[], former: FormerList): Steps<void> {
  const rest = yield* former.rest();
  let steps = 0;
  for (const at of unmet) {
    if (++steps % KEYS_A_STEP === 0) yield;
    const key = keys[at];
    const before = key && rest.get(key.secret.reveal());
    if (key !== undefined && before !== undefined) keys[at] = keptKey(key, before);
  }
}

function placeOf([index, at]: readonly [number, number], found: readonly (readonly Secret[])[]): string {
  return found[index]?.length === 1 ? `key ${index + 1}` : `key ${at + 1} of entry ${index + 1}`;
}
