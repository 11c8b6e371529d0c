import type { Steps } from "../../../core/time/steps.ts";
import type { KeyConfig, PoolKeys } from "../../config.ts";
import type { Report } from "../../problem.ts";
import { limitSet } from "../../schema/limits/limits_field.ts";
import type { PoolFile } from "../../schema/pool_file.ts";
import type { Path } from "../../text/document.ts";
import { accountOf, type LinkBuilder } from "../edits/links.ts";
import type { SecretResolver } from "../secrets.ts";
import type { FormerKeys } from "./former_keys.ts";

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

/** Makes the credentials of one list, in steps; reports names that come twice, and warns of secrets that do. */
export function* buildKeys(
  file: KeysFile | undefined,
  path: Path,
  { secrets, links, report, former }: KeyBuilding,
): Steps<PoolKeys> {
  if (file === undefined || file === "client") return file ?? "none";
  if (file.length === 0) return "none";
  const names = new Set<string>();
  const seen = new Map<string, string>();
  const keys: KeyConfig[] = [];
  let steps = 0;
  for (const [index, entry] of file.entries()) {
    const keyPath: Path = [...path, index];
    const item = typeof entry === "string" ? { key: entry, weight: 1, priority: 0, enabled: true } : entry;
    const found = yield* secrets.resolving(
      item.key,
      typeof entry === "string" ? keyPath : [...keyPath, "key"],
    );
    if (item.name !== undefined && names.has(item.name)) {
      report.problem([...keyPath, "name"], "another key of this list has this name", "names are unique");
    }
    if (item.name !== undefined) names.add(item.name);
    const more = {
      account: accountOf(item),
      link: links.build(item, keyPath),
      limits: limitSet(item.limits),
    };
    for (const [at, secret] of found.entries()) {
      if (++steps % KEYS_A_STEP === 0) yield;
      const place = found.length === 1 ? `key ${index + 1}` : `key ${at + 1} of entry ${index + 1}`;
      const first = seen.get(secret.reveal());
      if (first !== undefined) {
        report.warn(keyPath, `${place} is the same as ${first}; it is used once`, "remove one");
        continue;
      }
      seen.set(secret.reveal(), place);
      const name = item.name === undefined || found.length === 1 ? item.name : `${item.name}-${at + 1}`;
      const { weight, priority, enabled, models, quotaGroup, note } = item;
      keys.push(former.kept({ name, secret, weight, priority, enabled, models, quotaGroup, note, ...more }));
    }
  }
  return keys;
}
