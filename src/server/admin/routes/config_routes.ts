import { z } from "zod";
import { diffConfigs } from "../../../config/diff.ts";
import { effectiveValues } from "../../../config/effective.ts";
import { maskedConfig } from "../../../config/text/masked_config.ts";
import { inSlices, type Rests } from "../../../core/time/steps.ts";
import type { Generation } from "../../../gateway/generation.ts";
import { utcTime } from "../../../recording/lines/utc_time.ts";
import type { ConfigInForce } from "../../config_in_force.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";
import { checkConfig } from "../config/check_config.ts";

/** What the routes of the config work with. */
export interface ConfigRoutesParts {
  readonly generation: () => Generation;
  readonly inForce: ConfigInForce;
  /** The config's file; undefined: it is built in. */
  readonly configFile: string | undefined;
  readonly env: (name: string) => string | undefined;
  /** Reads the configuration again, whether or not its files changed. */
  readonly reload: () => Promise<void>;
  /** Makes what says when reading a large text must give way. */
  readonly rests: () => Rests;
}

/** Largest text that is checked, in bytes as JSON: keys in such numbers belong into key files. */
const MAX_CHECKED_BYTES = 4 * 1024 * 1024;

const place = z.object({
  path: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  hint: z.string().nullable(),
});

/** The config: reading, checking, loading anew. It is written by whoever owns its file, never from here. */
export function configRoutes(parts: ConfigRoutesParts): AdminRoute[] {
  return [readRoute(parts), checkRoute(parts), effectiveRoute(parts), reloadRoute(parts)];
}

function readRoute({ generation, inForce, configFile, rests }: ConfigRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/config",
    summary: "The text of the config in force, secrets masked and comments left out.",
    operationId: "readConfig",
    answer: z.object({
      file: z.string().nullable().describe("null: it is built in."),
      generation: z.number().describe("Grows with every config that came into force."),
      time: z.string().describe("When it came into force, UTC."),
      text: z.string().describe("Every line where the file has it."),
      upToDate: z.boolean().describe("false: the file has changed since, and was refused."),
      problems: z.array(z.string()).describe("Why it was refused."),
    }),
    mutates: false,
    async handle() {
      const { loaded } = inForce;
      const text = await inSlices(maskedConfig(loaded.text), rests());
      const { number, builtMs } = generation();
      const { fault } = inForce;
      return {
        ...{ file: configFile ?? null, generation: number, time: utcTime(builtMs) },
        text,
        ...{ upToDate: fault === undefined, problems: fault?.problems ?? [] },
      };
    },
  });
}

function checkRoute({ inForce, configFile, env, rests }: ConfigRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "POST",
    path: "/admin/config/check",
    summary: "What is wrong with a config's text, and what it would change. Changes nothing.",
    operationId: "checkConfig",
    body: z.strictObject({ text: z.string() }),
    maxBodyBytes: MAX_CHECKED_BYTES,
    answer: z.object({
      valid: z.boolean(),
      count: z.number().describe("Problems in all; the first 100 are told."),
      problems: z.array(place),
      warnings: z.array(place),
      missing: z.array(z.string()).describe("Secrets that are named and not there."),
      changes: z.array(z.string()).describe("Against the config in force; keys are counted."),
    }),
    mutates: false,
    handle: ({ body: { text } }) =>
      inSlices(checkConfig(text, { inForce: inForce.loaded, file: configFile, env }), rests()),
  });
}

function effectiveRoute({ inForce }: ConfigRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/config/effective",
    summary: "Every setting in force and where it comes from; secrets are not among them.",
    operationId: "readEffectiveConfig",
    query: z.strictObject({
      scope: z.string().max(500).optional().describe("gateway, tenant NAME, pool NAME, route MODEL…"),
    }),
    answer: z.object({
      values: z.array(z.object({
        scope: z.string(),
        name: z.string(),
        value: z.string(),
        source: z.string().describe("Path of the member that says so, or default."),
        line: z.number().nullable(),
      })),
    }),
    mutates: false,
    handle({ query: { scope } }) {
      const values = effectiveValues(inForce.loaded)
        .filter((value) =>
          scope === undefined || value.scope === scope || value.scope.startsWith(`${scope},`)
        );
      return { values: values.map((value) => ({ ...value, line: value.line ?? null })) };
    },
  });
}

function reloadRoute({ generation, inForce, reload }: ConfigRoutesParts): AdminRoute {
  return defineAdminRoute({
    method: "POST",
    path: "/admin/reload",
    summary: "Reads the config again, as SIGHUP does. A bad one changes nothing.",
    operationId: "reload",
    answer: z.object({
      applied: z.boolean(),
      generation: z.number().describe("In force now."),
      changes: z.array(z.string()),
      problems: z.array(z.string()).describe("Why it was not applied."),
    }),
    mutates: true,
    async handle() {
      const before = inForce.config;
      await reload();
      const { fault, config } = inForce;
      return {
        applied: fault === undefined,
        generation: generation().number,
        changes: fault === undefined ? diffConfigs(before, config) : [],
        problems: fault?.problems ?? [],
      };
    },
  });
}
