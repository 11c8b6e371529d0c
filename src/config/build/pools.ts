import type { Steps } from "../../core/time/steps.ts";
import type { PoolConfig, UpstreamConfig } from "../config.ts";
import { type PoolFile, PROVIDERS } from "../schema/pool_file.ts";
import { alertPolicyLayer } from "../schema/operations_file.ts";
import { limitSet } from "../schema/limits/limits_field.ts";
import { settingsLayer } from "../schema/settings_fields.ts";
import type { PoolModelsFile } from "../schema/models/models_fields.ts";
import { drainPolicy, ppm } from "../schema/usage/usage_fields.ts";
import type { Path } from "../text/document.ts";
import { buildEdits } from "./edits/edits.ts";
import { accountOf } from "./edits/links.ts";
import { buildErrorRules } from "./error_rules.ts";
import type { Item } from "./item.ts";
import { buildKeys, type KeyBuilding } from "./keys/keys.ts";
import { checkUpstreamUrl } from "./upstream_url.ts";

type UpstreamFile = Exclude<NonNullable<PoolFile["upstreams"]>[number], string>;

/** Makes the pools of a config; reports names that come twice, unusable URLs and keys. */
export function* buildPools(items: readonly Item<PoolFile>[], building: KeyBuilding): Steps<PoolConfig[]> {
  const { links, report, former } = building;
  const firstByName = new Map<string, number>();
  const pools: PoolConfig[] = [];
  for (const { index, file } of items) {
    const path: Path = ["pools", index];
    const name = file.name ?? file.provider;
    const first = firstByName.get(name);
    if (first === undefined) firstByName.set(name, index);
    else if (file.name === undefined) {
      report.problem(path, `has the name of pools[${first}], its provider's`, 'give it a "name" of its own');
    } else report.problem([...path, "name"], `pools[${first}] has this name already`, "names are unique");
    const upstreams = yield* buildUpstreams(file, path, building);
    const told = upstreams.some((upstream) => PROVIDERS.get(upstream.provider).discovery !== undefined);
    if (!Array.isArray(file.models) && upstreams.length > 0 && !told) {
      report.problem(
        [...path, "models"],
        "cannot be discovered: this vendor does not tell them",
        "list them",
      );
    }
    pools.push({
      name,
      provider: file.provider,
      enabled: file.enabled,
      weight: file.weight,
      priority: file.priority,
      upstreams,
      keys: yield* buildKeys(file.keys, [...path, "keys"], former.list(name), building),
      formats: file.formats,
      ...offered(file.models),
      rename: file.rename,
      renameOnly: file.renameOnly,
      errors: buildErrorRules(file.errors, [...path, "errors"], report),
      limits: limitSet(file.limits),
      prices: file.prices,
      priceMultiplierPpm: ppm(file.priceMultiplier),
      drain: drainPolicy(file.drain),
      settings: settingsLayer(file),
      edits: buildEdits(file, path, report),
      account: accountOf(file),
      link: links.build(file, path),
      alerts: alertPolicyLayer(file.alerts ?? {}),
    });
  }
  return pools;
}

function offered(models: PoolModelsFile): Pick<PoolConfig, "models" | "discover"> {
  if (Array.isArray(models)) return { models, discover: undefined };
  return { models: [], discover: { include: models.include, exclude: models.exclude } };
}

function* buildUpstreams(pool: PoolFile, poolPath: Path, building: KeyBuilding): Steps<UpstreamConfig[]> {
  const { links, report, former } = building;
  const { defaultUrl } = PROVIDERS.get(pool.provider);
  const written = pool.upstreams ?? (defaultUrl === undefined ? [] : [defaultUrl]);
  if (written.length === 0) {
    const hint = `write "upstreams": ["https://…"]; provider ${pool.provider} has no address of its own`;
    report.problem(poolPath, 'needs "upstreams"', hint);
  }
  const names = new Map<string, Path>();
  const urls = new Map<string, number>();
  const upstreams: UpstreamConfig[] = [];
  for (const [index, entry] of written.entries()) {
    yield;
    const path: Path = [...poolPath, "upstreams", index];
    const file: UpstreamFile = typeof entry === "string"
      ? { url: entry, weight: 1, enabled: true, rename: {} }
      : entry;
    const provider = PROVIDERS.get(file.provider ?? pool.provider);
    if (file.apiVersion !== undefined && provider.place === undefined) {
      const hint = `only a provider such as "azure_openai" has one; this is "${provider.type}"`;
      report.problem([...path, "apiVersion"], "has no meaning for this vendor", hint);
    }
    const urlPath = typeof entry === "string" ? path : [...path, "url"];
    const checked = checkUpstreamUrl(file.url, provider);
    if ("fault" in checked) report.problem(urlPath, checked.fault);
    const url = "url" in checked ? checked.url : "";
    const address = `${provider.type} ${url}`;
    const twin = url === "" || file.keys !== undefined ? undefined : urls.get(address);
    if (twin !== undefined) {
      report.problem(urlPath, `upstreams[${twin}] has this URL already`, 'use "weight" for a larger share');
    } else if (file.keys === undefined) urls.set(address, index);
    if (file.name !== undefined && names.has(file.name)) {
      report.problem([...path, "name"], "another upstream of this pool has this name", "names are unique");
    }
    const name = file.name ?? freeName(hostOf(url), names);
    names.set(name, path);
    upstreams.push({
      name,
      provider: provider.type,
      apiVersion: file.apiVersion,
      url,
      weight: file.weight,
      enabled: file.enabled,
      keys: file.keys &&
        (yield* buildKeys(
          file.keys,
          [...path, "keys"],
          former.list(pool.name ?? pool.provider, name),
          building,
        )),
      models: file.models,
      rename: file.rename,
      limits: limitSet(file.limits),
      quotaGroup: file.quotaGroup,
      account: accountOf(file),
      link: links.build(file, path),
    });
  }
  return upstreams;
}

function hostOf(url: string): string {
  return url === "" ? "" : new URL(url).host;
}

/** The host, or the host with a number where several upstreams share one. */
function freeName(host: string, taken: ReadonlyMap<string, Path>): string {
  let name = host;
  for (let number = 2; taken.has(name); number++) name = `${host}-${number}`;
  return name;
}
