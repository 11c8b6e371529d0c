import type { Report } from "../problem.ts";
import type { Path } from "../text/document.ts";

/**
 * Finds routes whose `to` is a flat list, which could mean either of two things, and reports both spellings.
 * The list is wrapped in place, so that the schema goes on with the rest of the route. `within`: where the routes stand.
 */
export function reportFlatTiers(routes: unknown, report: Report, within: Path = []): void {
  if (!Array.isArray(routes)) return;
  for (const [index, route] of routes.entries()) {
    if (typeof route !== "object" || route === null || !Array.isArray(route.to)) continue;
    const list: unknown[] = route.to;
    if (list.length === 0 || list.every((entry) => Array.isArray(entry))) continue;
    const shown = list.length <= 3 && list.every((entry) => typeof entry === "string" && entry.length <= 60)
      ? list.map((entry) => JSON.stringify(entry))
      : ['"a/x"', '"b/x"'];
    const shared = `[[${shown.join(", ")}]]`;
    const message = "is a flat list where tiers are meant";
    if (shown.length === 1) report.problem([...within, "routes", index, "to"], message, `write ${shared}`);
    else {
      const inOrder = `[${shown.map((target) => `[${target}]`).join(", ")}]`;
      const hint = `write ${shared} to share the load, or ${inOrder} to try one after the other`;
      report.problem([...within, "routes", index, "to"], message, hint);
    }
    route.to = list.map((entry) => Array.isArray(entry) ? entry : [entry]);
  }
}
