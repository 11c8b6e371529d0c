import type { RouteConfig } from "../../config/config.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";

/** The routes of one list by what their names are: exact ones, patterns in their order, and `*`. */
export class RouteList<Plan> {
  /** By name, in the order of the list. */
  readonly exact = new Map<string, Plan>();
  /** All of them, by the names that the list has. */
  readonly all = new Map<string, Plan>();
  /** The plan of route `*`. */
  readonly catchAll: Plan | undefined;
  readonly #patterns: { readonly matches: Matcher; readonly plan: Plan }[] = [];

  /** Routes that are switched off are left out; `planOf` makes the plans of the others. */
  constructor(routes: readonly RouteConfig[], planOf: (route: RouteConfig) => Plan) {
    for (const route of routes) {
      if (!route.enabled) continue;
      const plan = planOf(route);
      this.all.set(route.model, plan);
      if (route.model === "*") this.catchAll ??= plan;
      else if (route.model.includes("*")) this.#patterns.push({ matches: matcherOf([route.model]), plan });
      else this.exact.set(route.model, plan);
    }
  }

  /** The plan of the first pattern that takes the name. */
  matching(model: string): Plan | undefined {
    return this.#patterns.find(({ matches }) => matches(model))?.plan;
  }
}
