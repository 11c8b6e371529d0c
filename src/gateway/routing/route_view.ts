import type { RouteConfig } from "../../config/config.ts";
import type { SettingsLayer } from "../../config/settings.ts";
import type { Matcher } from "../../core/pattern.ts";

/** What of the routes is different for one tenant, or for several alike. */
export interface RouteView {
  /** Looked up before the config's. */
  readonly routes: readonly RouteConfig[];
  /** Further names, each for another name. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Before those of routes, pools and `defaults`, after those of {@link routes}. */
  readonly settings: SettingsLayer | undefined;
  /** Pools that may be used; undefined: all. */
  readonly allowsPool: Matcher | undefined;
}

/** The routes as the config has them. */
export const WHOLE_VIEW: RouteView = {
  routes: [],
  aliases: {},
  settings: undefined,
  allowsPool: undefined,
};
