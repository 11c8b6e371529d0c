import type { Secret } from "../core/secret.ts";
import { diffEdits } from "./edits/edit_values.ts";
import type { Config, PoolConfig, PoolKeys, RouteConfig, TenantConfig, TenantKeyConfig } from "./config.ts";
import { formatDuration } from "./schema/duration.ts";

/** Most lines of a difference; what is left is counted. */
const MAX_LINES = 30;

/**
 * What has changed from one config to another, one short line each, for the log; empty when nothing did. Keys
 * are counted, never shown.
 */
export function diffConfigs(before: Config, after: Config): string[] {
  const lines = [
    ...diffNamed("tenant", before.tenants, after.tenants, (tenant) => tenant.name, diffTenant),
    ...diffNamed("pool", before.pools, after.pools, (pool) => pool.name, diffPool),
    ...diffNamed("route", before.routes, after.routes, (route) => route.model, diffRoute),
    ...diffNamed(
      "proxy",
      before.proxies ?? [],
      after.proxies ?? [],
      (proxy) => proxy.name,
      (old, now) => old.url?.reveal() === now.url?.reveal() ? [] : ["URL changed"],
    ),
    ...diffSecrets(urlsOf(before), urlsOf(after)).map((line) =>
      `alerts.webhooks: ${line.replace("keys", "URLs")}`
    ),
    ...diffSecrets(before.metrics.tokens ?? [], after.metrics.tokens ?? []).map((line) => {
      return `metrics.token: ${line}`;
    }),
    ...diffMembers(withoutLists(before), withoutLists(after)),
  ];
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more changes`];
}

function withoutLists(
  { tenants: _tenants, pools: _pools, routes: _routes, proxies: _proxies, alerts, metrics, ...rest }: Config,
) {
  const { tokens, ...open } = metrics;
  return {
    ...rest,
    metrics: { ...open, asksForToken: tokens !== undefined },
    alerts: { ...alerts, webhooks: alerts.webhooks.map((webhook) => webhook.type) },
  };
}

function urlsOf({ alerts }: Config): Secret[] {
  return alerts.webhooks.map((webhook) => webhook.url);
}

function diffNamed<T>(
  noun: string,
  before: readonly T[],
  after: readonly T[],
  nameOf: (entry: T) => string,
  diff: (before: T, after: T) => string[],
): string[] {
  const old = new Map(before.map((entry) => [nameOf(entry), entry]));
  const lines: string[] = [];
  for (const entry of after) {
    const name = nameOf(entry);
    const former = old.get(name);
    old.delete(name);
    if (former === undefined) lines.push(`${noun} ${name} added`);
    else {
      const changes = diff(former, entry);
      if (changes.length > 0) lines.push(`${noun} ${name}: ${changes.join(", ")}`);
    }
  }
  return [...lines, ...[...old.keys()].map((name) => `${noun} ${name} removed`)];
}

function diffTenant(before: TenantConfig, after: TenantConfig): string[] {
  const { keys: oldKeys, ...old } = before;
  const { keys: newKeys, ...now } = after;
  const lines = diffTexts(oldKeys.map((key) => key.sha256), newKeys.map((key) => key.sha256));
  const former = new Map(oldKeys.map((key) => [key.sha256, termsOf(key)]));
  const changed = newKeys.filter((key) => (former.get(key.sha256) ?? termsOf(key)) !== termsOf(key));
  if (changed.length > 0) lines.push(`settings of ${counted(changed.length, "key")} changed`);
  return [...lines, ...diffMembers(old, now)];
}

function termsOf({ name, expiresMs, enabled, note, limits }: TenantKeyConfig): string {
  return JSON.stringify({ name, expiresMs, enabled, note, limits });
}

function diffPool(before: PoolConfig, after: PoolConfig): string[] {
  const { keys: oldKeys, upstreams: oldUpstreams, edits: oldEdits, ...old } = before;
  const { keys: newKeys, upstreams: newUpstreams, edits: newEdits, ...now } = after;
  return [
    ...diffKeys(oldKeys, newKeys),
    ...diffNamed("upstream", oldUpstreams, newUpstreams, (upstream) => upstream.name, (former, upstream) => {
      const { keys: formerKeys, ...rest } = former;
      const { keys, ...restNow } = upstream;
      return [...diffKeys(formerKeys ?? "none", keys ?? "none"), ...diffMembers(rest, restNow)];
    }),
    ...diffMembers(old, now),
    ...diffEdits(oldEdits, newEdits),
  ];
}

function diffRoute(before: RouteConfig, after: RouteConfig): string[] {
  const { edits: oldEdits, ...old } = before;
  const { edits: newEdits, ...now } = after;
  return [...diffMembers(old, now), ...diffEdits(oldEdits, newEdits)];
}

function diffKeys(before: PoolKeys, after: PoolKeys): string[] {
  const old = typeof before === "string" ? [] : before;
  const now = typeof after === "string" ? [] : after;
  // Of fifty thousand most are the very objects that the config before had.
  const [gone, fresh] = [allBut(now, old), allBut(old, now)];
  const lines = diffSecrets(gone.map((key) => key.secret), fresh.map((key) => key.secret));
  const changed = changedKeys(gone, fresh);
  if (changed > 0) lines.push(`settings of ${counted(changed, "key")} changed`);
  const from = typeof before === "string" ? before : "listed";
  const to = typeof after === "string" ? after : "listed";
  if (from !== to) lines.push(`keys ${from} → ${to}`);
  return lines;
}

/** What `list` has and `others` has not, by identity; neither has one twice. What both begin and end with is passed over cheaply. */
function allBut<T>(others: readonly T[], list: readonly T[]): T[] {
  const most = Math.min(others.length, list.length);
  let begin = 0;
  while (begin < most && others[begin] === list[begin]) begin++;
  let end = 0;
  while (end < most - begin && others.at(-1 - end) === list.at(-1 - end)) end++;
  if (list.length === begin + end) return [];
  const known = new Set(others.slice(begin, others.length - end));
  return list.slice(begin, list.length - end).filter((entry) => !known.has(entry));
}

/** How many that are in both say something else than before. */
function changedKeys(before: readonly { secret: Secret }[], after: readonly { secret: Secret }[]): number {
  const former = new Map(before.map((key) => [key.secret.reveal(), plain(key)]));
  return after.filter((key) => {
    const was = former.get(key.secret.reveal());
    return was !== undefined && was !== plain(key);
  }).length;
}

function plain({ secret: _secret, ...rest }: { readonly secret: Secret }): string {
  return JSON.stringify(rest);
}

function diffSecrets(before: readonly Secret[], after: readonly Secret[]): string[] {
  return diffTexts(before.map((secret) => secret.reveal()), after.map((secret) => secret.reveal()));
}

/** Counts, as keys, what came and what went; shows none. */
function diffTexts(before: readonly string[], after: readonly string[]): string[] {
  const old = new Set(before);
  const now = new Set(after);
  const added = [...now].filter((value) => !old.has(value)).length;
  const removed = [...old].filter((value) => !now.has(value)).length;
  const parts = [added > 0 ? `+${added}` : "", removed > 0 ? `−${removed}` : ""].filter((part) =>
    part !== ""
  );
  return parts.length === 0 ? [] : [`keys ${parts.join(" ")}`];
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** Changes of plain members, nested ones by their path: `settings.retry.attempts 4 → 2`. */
function diffMembers(before: object, after: object): string[] {
  const old = new Map(leaves(before, ""));
  const now = new Map(leaves(after, ""));
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].flatMap((name) => {
    const from = old.get(name);
    const to = now.get(name);
    return from === to ? [] : [`${name} ${from ?? "unset"} → ${to ?? "unset"}`];
  });
}

/** Longest value that is shown; a list of models may be endless. */
const MAX_VALUE_LENGTH = 60;

function* leaves(value: object, path: string): Generator<readonly [string, string]> {
  for (const [name, member] of Object.entries(value)) {
    const at = path === "" ? name : `${path}.${name}`;
    if (member === undefined) continue;
    if (typeof member === "object" && member !== null && !Array.isArray(member)) yield* leaves(member, at);
    else yield [at.replace(/Ms$/, ""), shown(at, member)];
  }
}

function shown(path: string, value: unknown): string {
  if (typeof value === "number" && path.endsWith("Ms")) return formatDuration(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
