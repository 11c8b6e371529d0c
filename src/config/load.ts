import { atOnce, type Steps } from "../core/time/steps.ts";
import { buildAlerts } from "./build/alerts.ts";
import { buildRoutes } from "./build/routes.ts";
import { reportFlatTiers } from "./build/flat_tiers.ts";
import { numbered, soundItems } from "./build/item.ts";
import { FormerKeys } from "./build/keys/former_keys.ts";
import type { KeyBuilding } from "./build/keys/keys.ts";
import { buildMetrics } from "./build/metrics.ts";
import { buildProxies, LinkBuilder } from "./build/edits/links.ts";
import { buildListen, buildOrigins, buildTrustedProxies } from "./build/network.ts";
import { buildPools } from "./build/pools.ts";
import { type MissingSecret, SecretResolver, type SecretSources } from "./build/secrets.ts";
import { buildTenants } from "./build/tenants.ts";
import { warnOfUnused } from "./build/warnings.ts";
import type { Config } from "./config.ts";
import { ConfigError, type Problem, Report } from "./problem.ts";
import { type ConfigFile, configFile } from "./schema/config_file.ts";
import { judgeFile } from "./schema/judging/judge_file.ts";
import { routeFile } from "./schema/route_file.ts";
import { settingsLayer } from "./schema/settings_fields.ts";
import { tenantFile } from "./schema/tenant_file.ts";
import { ownPrices } from "./schema/usage/usage_fields.ts";
import { Document, type Path } from "./text/document.ts";

/** What a config is read from. */
export interface ConfigSource extends SecretSources {
  readonly text: string;
  /** The file's name: shown in problems; key files are relative to its directory. */
  readonly file: string;
}

/** A config that can be used. */
export interface LoadedConfig {
  readonly config: Config;
  /** What works but is hardly meant, in the order of the text. */
  readonly warnings: readonly Problem[];
  /** The same with excerpts, for a person to read; empty when there are none. Made when it is asked for. */
  readonly warningsText: () => string;
  /** Secrets that are named and not there; what depends on them is off. */
  readonly missing: readonly MissingSecret[];
  /** Absolute paths of the key files it names, there or not: to be watched. */
  readonly secretFiles: readonly string[];
  /** Line of the value at a path of the file; undefined when the file says nothing there. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** What is at hand already when a config is loaded again. */
export interface LoadedBefore {
  /** What {@link ConfigSource.text} was read into. */
  readonly document?: Document | undefined;
  /** The config that serves: what stays as it is in it stays the same objects. */
  readonly config?: Config | undefined;
}

/**
 * Reads a config's text into a {@link Config}. Pure but for what `source` reads. Throws {@link ConfigError} with
 * every problem in it: nothing is ever half applied.
 */
export function loadConfig(source: ConfigSource): LoadedConfig {
  return atOnce(loadSteps(source));
}

/** {@link loadConfig} in steps, for a gateway that serves meanwhile: a pool may have fifty thousand keys. */
export function* loadSteps(source: ConfigSource, before: LoadedBefore = {}): Steps<LoadedConfig> {
  const document = before.document ?? (yield* Document.read(source.text));
  const report = new Report(source.file, document);
  if (!document.readable) throw new ConfigError(report);
  const former = new FormerKeys(before.config);
  const secrets = new SecretResolver(source, report, source.file, former);
  const config = yield* readFile(document.value, { secrets, report, former });
  if (config === undefined || report.problemCount > 0) throw new ConfigError(report);
  warnOfUnused(config, report);
  return {
    config,
    warnings: report.warnings,
    warningsText: () => report.explain("warnings"),
    missing: secrets.missing,
    secretFiles: secrets.files,
    lineOf: (path) => document.has(path) ? report.position(path).line : undefined,
  };
}

function* readFile(
  value: unknown,
  { secrets, report, former }: Omit<KeyBuilding, "links">,
): Steps<Config | undefined> {
  const raw = asRecord(value);
  reportFlatTiers(raw["routes"], report);
  for (const [index, tenant] of asList(raw["tenants"]).entries()) {
    reportFlatTiers(asRecord(tenant)["routes"], report, ["tenants", index]);
  }
  const { file, problems, pools: poolItems } = yield* judgeFile(value);
  for (const { path, message, atName } of problems) {
    report.problem(path, message, undefined, atName ? "name" : "value");
  }
  const routeItems = file ? numbered(file.routes) : soundItems(routeFile, raw["routes"]);
  const tenantItems = file ? numbered(file.tenants) : soundItems(tenantFile, raw["tenants"]);
  const named = configFile.shape.proxies.safeParse(raw["proxies"]).data ?? {};
  const proxies = buildProxies(named, secrets, report);
  const proxyNames = new Set(Object.keys(asRecord(raw["proxies"])));
  const network = readNetwork(raw, report);
  const poolNames = poolNamesOf(raw["pools"]);
  const surroundings = { poolNames, listenHost: network.listen.host };
  const tenants = buildTenants(tenantItems, secrets, report, surroundings);
  const links = new LinkBuilder(proxyNames, secrets, report);
  const pools = yield* buildPools(poolItems, { secrets, links, report, former });
  const routes = buildRoutes(routeItems, poolNames, report);
  const alerts = buildAlerts(configFile.shape.alerts.safeParse(raw["alerts"]).data, secrets, report);
  const metrics = buildMetrics(asRecord(raw["metrics"]), secrets, report);
  return file && { ...network, ...namedWithUnits(file), tenants, pools, routes, proxies, alerts, metrics };
}

/** The addresses, each checked even where another member of the file is wrong. */
function readNetwork(raw: Readonly<Record<string, unknown>>, report: Report) {
  const { listen, admin, trustedProxies, cors } = configFile.shape;
  const ofAdmin = admin.safeParse(raw["admin"]).data;
  const address = listen.safeParse(raw["listen"]);
  const proxies = trustedProxies.safeParse(raw["trustedProxies"]);
  const origins = cors.safeParse(raw["cors"]);
  return {
    listen: buildListen(address.data, report),
    admin: {
      enabled: ofAdmin?.enabled ?? true,
      listen: ofAdmin?.listen === undefined
        ? undefined
        : buildListen(ofAdmin.listen, report, ["admin", "listen"]),
    },
    trustedProxies: buildTrustedProxies(proxies.data ?? [], report),
    cors: { origins: buildOrigins(origins.data?.origins ?? [], report) },
  };
}

/** The members that only change their names: a file's values carry their units, ours are plain numbers. */
function namedWithUnits(
  file: ConfigFile,
): Pick<Config, "body" | "memory" | "defaults" | "prices" | "usage" | "state" | "records" | "logs"> {
  const { records } = file;
  return {
    body: { maxBytes: file.defaults.body.max },
    memory: { maxBytes: file.memory.max },
    defaults: settingsLayer(file.defaults),
    prices: ownPrices(file.prices),
    usage: file.usage,
    state: file.state,
    records: {
      enabled: records.enabled,
      bodies: records.bodies,
      keepDays: records.keepDays,
      maxTotalBytes: records.maxTotal,
      compress: records.compress,
      onFullDisk: records.onFullDisk,
      training: records.training,
      to: records.to,
    },
    logs: {
      level: file.logs.level,
      files: file.logs.files.map(({ name, channels, level, maxSize, maxAge, maxFiles, compress }) => ({
        name,
        channels,
        level,
        maxSizeBytes: maxSize,
        maxAgeMs: maxAge,
        maxFiles,
        compress,
      })),
    },
  };
}

/** Names of all pools that the file means to have, the unsound ones too: a target must not be blamed for its pool. */
function poolNamesOf(pools: unknown): ReadonlySet<string> {
  const names = asList(pools).map((pool) => asRecord(pool)).map((pool) => pool["name"] ?? pool["provider"]);
  return new Set(names.filter((name) => typeof name === "string"));
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  // Any object can be asked for members by name; that is all that is done with it.
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
