import type { TenantConfig, TenantKeyConfig } from "../config.ts";
import type { Report } from "../problem.ts";
import { callerLimitSet, queuePolicy } from "../schema/limits/caller_limits_field.ts";
import type { TenantFile } from "../schema/tenant_file.ts";
import type { Path } from "../text/document.ts";
import type { Item } from "./item.ts";
import type { SecretResolver } from "./secrets.ts";

/** Fewest characters of a tenant key that is no cause for a warning. */
const MIN_KEY_LENGTH = 20;

/** Parts of keys that stand in manuals; whoever has read them could call. */
const SAMPLE =
  /changeme|change-me|example|your[-_]?(?:api[-_]?)?key|123456|password|sk-xxx|\.\.\.|secret-key/i;

/** Makes the tenants of a config; reports names and keys that come twice and warns of weak keys. */
export function buildTenants(
  items: readonly Item<TenantFile>[],
  secrets: SecretResolver,
  report: Report,
): TenantConfig[] {
  const firstByName = new Map<string, number>();
  const holders = new Map<string, number>();
  return items.map(({ index, file }) => {
    const path: Path = ["tenants", index];
    const first = firstByName.get(file.name);
    if (first === undefined) firstByName.set(file.name, index);
    else report.problem([...path, "name"], `tenants[${first}] has this name already`, "names are unique");
    if (file.keys.length === 0) {
      report.warn([...path, "keys"], "without keys, nobody can call as this tenant");
    }
    const keyDetails: TenantKeyConfig[] = [];
    const keys = file.keys.flatMap((entry, at) => {
      const isPlain = typeof entry === "string";
      const keyPath = isPlain ? [...path, "keys", at] : [...path, "keys", at, "key"];
      const found = secrets.resolve(isPlain ? entry : entry.key, keyPath);
      for (const secret of found) {
        const value = secret.reveal();
        const holder = holders.get(value);
        if (holder === undefined) holders.set(value, index);
        else if (holder !== index) {
          report.problem(keyPath, `tenants[${holder}] has the same key`, "give each tenant its own");
        }
        if (value.length < MIN_KEY_LENGTH || SAMPLE.test(value)) {
          const why = value.length < MIN_KEY_LENGTH
            ? `has fewer than ${MIN_KEY_LENGTH} characters`
            : "looks like a sample from a manual";
          report.warn(
            keyPath,
            `this tenant key ${why}`,
            "use a long random one, such as `openssl rand -hex 20` prints",
          );
        }
      }
      if (!isPlain) {
        const details = { name: entry.name, limits: callerLimitSet(entry.limits) };
        keyDetails.push(...found.map((secret) => ({ secret, ...details })));
      }
      return found;
    });
    const { name, enabled, models, paths, debug, overrides, records, priority } = file;
    const allowance = { limits: callerLimitSet(file.limits), queue: queuePolicy(file.queue), priority };
    return { name, keys, keyDetails, enabled, models, paths, debug, overrides, records, ...allowance };
  });
}
