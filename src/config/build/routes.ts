import type { RouteConfig, TargetConfig } from "../config.ts";
import type { Report } from "../problem.ts";
import type { RouteFile } from "../schema/route_file.ts";
import { settingsLayer } from "../schema/settings_fields.ts";
import type { Path } from "../text/document.ts";
import { nearest } from "../text/nearest.ts";
import { buildEdits } from "./edits/edits.ts";
import type { Item } from "./item.ts";

type TargetFile = Exclude<RouteFile["to"], string>[number][number];

/**
 * Makes the routes of a config, or of the part of it at the path `within`; reports models that come twice and targets
 * whose pool does not exist (`poolNames` undefined: pools are not looked at).
 */
export function buildRoutes(
  items: readonly Item<RouteFile>[],
  poolNames: ReadonlySet<string> | undefined,
  report: Report,
  within: Path = [],
): RouteConfig[] {
  const firstByModel = new Map<string, number>();
  return items.map(({ index, file }) => {
    const path: Path = [...within, "routes", index];
    const first = firstByModel.get(file.model);
    if (first === undefined) firstByModel.set(file.model, index);
    else {
      report.problem(
        [...path, "model"],
        `routes[${first}] is for this model already`,
        "join their tiers in one route",
      );
    }
    const target = (entry: TargetFile, at: Path) => buildTarget(entry, at, poolNames, report);
    return {
      model: file.model,
      enabled: file.enabled,
      tiers: typeof file.to === "string"
        ? [[target(file.to, [...path, "to"])]]
        : file.to.map((tier, tierAt) => tier.map((entry, at) => target(entry, [...path, "to", tierAt, at]))),
      settings: settingsLayer(file),
      edits: buildEdits(file, path, report),
    };
  });
}

function buildTarget(
  entry: TargetFile,
  path: Path,
  poolNames: ReadonlySet<string> | undefined,
  report: Report,
): TargetConfig {
  const text = typeof entry === "string" ? entry : entry.to;
  const slash = text.indexOf("/");
  const pool = text.slice(0, slash);
  const model = text.slice(slash + 1);
  if (poolNames?.has(pool) === false) {
    const meant = nearest(pool, poolNames);
    const known = poolNames.size === 0
      ? "there are no pools"
      : `pools: ${[...poolNames].slice(0, 20).join(", ")}`;
    report.problem(
      typeof entry === "string" ? path : [...path, "to"],
      "no pool has this name",
      meant === undefined ? known : `did you mean "${meant}/${model}"?`,
    );
  }
  if (model !== "*" && model.includes("*")) {
    report.problem(
      typeof entry === "string" ? path : [...path, "to"],
      "a target's model is one name",
      `write "${pool}/*" for the name the client asked for`,
    );
  }
  return {
    pool,
    model: model === "*" ? undefined : model,
    weight: typeof entry === "string" ? 1 : entry.weight,
  };
}
