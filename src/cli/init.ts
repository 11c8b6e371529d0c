import { parseArgs } from "node:util";
import { checkUpstreamUrl } from "../config/build/upstream_url.ts";
import { environmentBeside, faultOf } from "../config/files.ts";
import { openai } from "../providers/openai.ts";
import type { CliIo } from "./cli_io.ts";
import { configText, type PoolText } from "./init/config_text.ts";
import { LATER_VARIABLES, type Vendor, VENDORS } from "./init/vendors.ts";

const USAGE = `Usage:
  tidegate init [--from-env] [--config FILE] [--force] [--json]

Writes a commented config. --from-env looks for OPENAI_API_KEY and the like in the environment and in .env
beside the config, and refers to what it finds; keys themselves are never written. FILE is TIDEGATE_CONFIG or
config.jsonc where it is not given; it is overwritten only with --force.
`;

/** The command `tidegate init`. Resolves to its exit code: 0, 1 when nothing was written, 2 for wrong usage. */
export async function init(args: readonly string[], io: CliIo): Promise<number> {
  const options = parse(args, io);
  if (typeof options === "number") return options;
  const file = options.config ?? io.env("TIDEGATE_CONFIG") ?? "config.jsonc";
  const pools = options["from-env"] ? poolsFromEnvironment(file, io) : [STARTING_POOL];
  if (pools.length === 0) {
    const known = VENDORS.map((vendor) => vendor.variables[0]).join(", ");
    io.stderr(
      `Found no key, so nothing was written. Set one of ${known}, or run 'tidegate init' without --from-env.\n`,
    );
    return 1;
  }
  try {
    await Deno.writeTextFile(file, configText(pools), { createNew: !options.force, mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Deno.errors.AlreadyExists;
    const directory = error instanceof Deno.errors.NotFound;
    if (exists) io.stderr(`${file} exists and was left as it is. Overwrite it with --force.\n`);
    else if (directory) io.stderr(`${file} was not written: its directory does not exist. Make it first.\n`);
    else io.stderr(`${file} was not written: it ${faultOf(error)}.\n`);
    return 1;
  }
  if (options.json) io.stdout(`${JSON.stringify({ file, pools })}\n`);
  const named = pools.map((pool) => pool.name).join(", ");
  io.stderr(`Wrote ${file} with ${pools.length === 1 ? "the pool" : "the pools"} ${named}.\n`);
  io.stderr(`Next: ${options.config === undefined ? "tidegate serve" : `tidegate serve --config ${file}`}\n`);
  return 0;
}

const STARTING_POOL: PoolText = {
  name: "openai",
  provider: "openai",
  url: undefined,
  variable: "OPENAI_API_KEY",
  models: undefined,
};

function parse(args: readonly string[], io: CliIo) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        "from-env": { type: "boolean", default: false },
        config: { type: "string", short: "c" },
        force: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (!values.help) return values;
    io.stdout(USAGE);
    return 0;
  } catch (error) {
    io.stderr(`${error instanceof Error ? error.message : "wrong usage"}\n\n${USAGE}`);
    return 2;
  }
}

/** A pool for each vendor whose variable is set; says what was seen, by names alone. */
function poolsFromEnvironment(file: string, io: CliIo): PoolText[] {
  const env = environmentBeside(file, io.env);
  const isSet = (variable: string) => (env(variable)?.trim() ?? "") !== "";
  const seen = VENDORS.flatMap((vendor) => {
    const variable = vendor.variables.find(isSet);
    return variable === undefined ? [] : [{ vendor, variable }];
  });
  const pools = seen.flatMap(({ vendor, variable }) => {
    const url = urlOf(vendor, env, io);
    if (url === null) return [];
    io.stderr(`Found ${variable}: pool ${vendor.pool}.\n`);
    // A single pool may take any name; several would take each other's.
    const models = seen.length === 1 ? undefined : vendor.models;
    const provider = vendor.provider === "openai" && url !== undefined
      ? "openai_compatible"
      : vendor.provider;
    return [{ name: vendor.pool, provider, url, variable, models }];
  });
  for (const variable of LATER_VARIABLES.filter(isSet)) {
    io.stderr(
      `Found ${variable}: left out, since a pool of "azure_openai" also needs its resource's URL (docs/configuration.md).\n`,
    );
  }
  return pools;
}

/**
 * The vendor's base URL. OpenAI's SDKs obey OPENAI_BASE_URL, so a key beside one belongs to that server: null,
 * told, when it cannot be used, since the key must then not be sent to OpenAI.
 */
function urlOf(
  vendor: Vendor,
  env: (name: string) => string | undefined,
  io: CliIo,
): string | undefined | null {
  const base = env("OPENAI_BASE_URL")?.trim() ?? "";
  if (vendor.provider !== "openai" || base === "") return vendor.url;
  const checked = checkUpstreamUrl(base, openai);
  if ("url" in checked) return checked.url === openai.defaultUrl ? undefined : checked.url;
  io.stderr(
    `OPENAI_BASE_URL ${checked.fault}; OPENAI_API_KEY was left out. Correct the variable and run init again.\n`,
  );
  return null;
}
