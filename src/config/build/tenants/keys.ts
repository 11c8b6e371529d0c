import { parseIsoTime } from "../../../core/time/iso_time.ts";
import { sha256Hex } from "../../../tenants/tenant_keys.ts";
import type { TenantKeyConfig } from "../../config.ts";
import type { Report } from "../../problem.ts";
import { callerLimitSet } from "../../schema/limits/caller_limits_field.ts";
import type { TenantFile } from "../../schema/tenant_file.ts";
import type { Path } from "../../text/document.ts";
import type { SecretResolver } from "../secrets.ts";

type KeyFile = NonNullable<TenantFile["keys"]>[number];

/** Fewest characters of a tenant key that is no cause for a warning. */
const MIN_KEY_LENGTH = 20;

/** Parts of keys that stand in manuals; whoever has read them could call. */
const SAMPLE =
  /changeme|change-me|example|your[-_]?(?:api[-_]?)?key|123456|password|sk-xxx|\.\.\.|secret-key/i;

/** What a text begins with that is a key's SHA-256 instead of the key. */
const HASHED = "sha256:";

/** What building tenants' keys works with. */
export interface KeyBuilding {
  readonly secrets: SecretResolver;
  readonly report: Report;
  /** Which tenant, by its index, has a key, by its hash; filled in. */
  readonly holders: Map<string, number>;
}

/** Makes the keys of one tenant; reports what is no key or another tenant's, and warns of weak ones. */
export function buildTenantKeys(
  files: readonly KeyFile[],
  tenantIndex: number,
  building: KeyBuilding,
): TenantKeyConfig[] {
  const { secrets, report } = building;
  const seen = new Set<string>();
  return files.flatMap((entry, at) => {
    const path: Path = ["tenants", tenantIndex, "keys", at];
    const item = typeof entry === "string" ? { key: entry, enabled: true, limits: undefined } : entry;
    const { name, expires, enabled, note } = item;
    const limits = callerLimitSet(item.limits);
    const expiresMs = expires === undefined ? undefined : parseIsoTime(expires);
    if (expires !== undefined && expiresMs === undefined) {
      report.problem(
        [...path, "expires"],
        'must be a day such as "2027-01-31" or a time with its zone such as "2027-01-31T18:00:00Z"',
      );
    }
    const keyPath = typeof entry === "string" ? path : [...path, "key"];
    const found = secrets.resolve(item.key, keyPath);
    return found.flatMap((given, number): TenantKeyConfig[] => {
      const isHashed = given.reveal().startsWith(HASHED);
      const sha256 = isHashed ? hashOf(given.reveal()) : sha256Hex(given.reveal());
      if (sha256 === undefined) {
        report.problem(keyPath, 'after "sha256:" come the 64 hexadecimal digits of the key\'s SHA-256');
        return [];
      }
      refuseForeign(sha256, tenantIndex, keyPath, building);
      if (!isHashed) warnOfWeak(given.reveal(), keyPath, report);
      if (seen.has(sha256)) {
        report.warn(keyPath, "this key stands here twice; the first one holds", "remove one");
        return [];
      }
      seen.add(sha256);
      const own = name === undefined || found.length === 1 ? name : `${name}-${number + 1}`;
      return [{ sha256, secret: isHashed ? undefined : given, name: own, expiresMs, enabled, note, limits }];
    });
  });
}

function hashOf(text: string): string | undefined {
  const digits = text.slice(HASHED.length).toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

function refuseForeign(
  sha256: string,
  tenantIndex: number,
  path: Path,
  { holders, report }: KeyBuilding,
): void {
  const holder = holders.get(sha256);
  if (holder === undefined) holders.set(sha256, tenantIndex);
  else if (holder !== tenantIndex) {
    report.problem(path, `tenants[${holder}] has the same key`, "give each tenant its own");
  }
}

function warnOfWeak(key: string, path: Path, report: Report): void {
  if (key.length >= MIN_KEY_LENGTH && !SAMPLE.test(key)) return;
  const why = key.length < MIN_KEY_LENGTH
    ? `has fewer than ${MIN_KEY_LENGTH} characters`
    : "looks like a sample from a manual";
  report.warn(path, `this tenant key ${why}`, "use a long random one, such as `openssl rand -hex 20` prints");
}
