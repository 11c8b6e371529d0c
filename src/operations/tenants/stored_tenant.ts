/** One key of a tenant made at run time: never the key itself, which is told once and then forgotten. */
export interface StoredKey {
  /** As `sha256Hex` spells it. */
  readonly sha256: string;
  /** Wall clock. */
  readonly createdMs: number;
  readonly name?: string;
  /** As the config file spells it. */
  readonly expires?: string;
  /** @default true */
  readonly enabled?: boolean;
  readonly note?: string;
  /** As the config file spells them; checked where the tenant is built. */
  readonly limits?: unknown;
}

/** A tenant made at run time, as the store keeps it. */
export interface StoredTenant {
  readonly name: string;
  /** Wall clock. */
  readonly createdMs: number;
  readonly changedMs: number;
  /** What the file would say of it, but its name and its keys. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly keys: readonly StoredKey[];
}

/** Reads what the store holds; undefined for what is no tenant. What it says is checked where it is built. */
export function readStoredTenant(value: unknown): StoredTenant | undefined {
  if (!isRecord(value) || !isRecord(value["members"]) || !Array.isArray(value["keys"])) return undefined;
  const { name, createdMs, changedMs, members } = value;
  if (typeof name !== "string" || typeof createdMs !== "number" || typeof changedMs !== "number") {
    return undefined;
  }
  return { name, createdMs, changedMs, members, keys: value["keys"].flatMap(readKey) };
}

/** The tenant as an entry of the file's `tenants`. */
export function asFile({ name, members, keys }: StoredTenant): Readonly<Record<string, unknown>> {
  return {
    ...members,
    name,
    keys: keys.map(({ sha256, createdMs: _created, ...terms }) => ({ key: `sha256:${sha256}`, ...terms })),
  };
}

function readKey(value: unknown): StoredKey[] {
  if (!isRecord(value)) return [];
  const { sha256, createdMs, name, expires, enabled, note, limits } = value;
  if (typeof sha256 !== "string" || typeof createdMs !== "number") return [];
  return [{
    ...{ sha256, createdMs },
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof expires === "string" ? { expires } : {}),
    ...(typeof enabled === "boolean" ? { enabled } : {}),
    ...(typeof note === "string" ? { note } : {}),
    // Of whatever shape: limits that make no sense must keep the tenant out, not let its key go without any.
    ...(limits === undefined ? {} : { limits }),
  }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
