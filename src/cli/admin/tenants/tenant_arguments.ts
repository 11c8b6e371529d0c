import { parseArgs } from "node:util";
import { PLACE_OPTIONS, type PlaceValues } from "../with_gateway.ts";

/** What `tidegate tenants` does. */
export const TENANT_ACTIONS = [
  "list",
  "show",
  "create",
  "limit",
  "rotate",
  "disable",
  "enable",
  "usage",
  "delete",
] as const;

/** One of {@link TENANT_ACTIONS}. */
export type TenantAction = (typeof TENANT_ACTIONS)[number];

/** Options that are a list of a tenant, by the member of the same name; `all` takes it away. */
const LISTS = ["models", "pools", "addresses", "formats", "paths"] as const;

/** Options that are one number of a tenant's `limits`. */
const LIMITS = {
  "requests-per-minute": "requestsPerMinute",
  "tokens-per-minute": "tokensPerMinute",
  "requests-per-day": "requestsPerDay",
  "tokens-per-day": "tokensPerDay",
  concurrency: "concurrency",
} as const;

/** Options of `usage` that go to the gateway as they are. */
const ASKED = ["from", "to", "by", "bucket", "pool", "model"] as const;

/** Members of a tenant that its keys have too. */
const OF_KEYS = ["limits", "note"];

/** A command line of `tidegate tenants`, read. */
export interface TenantArguments extends PlaceValues {
  readonly action: TenantAction;
  /** Empty for `list`. */
  readonly name: string;
  /** Members of the tenant to set; null takes one away. `limits` are those of the command line alone. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Terms of a key: of a new one, or of the one that is meant. */
  readonly key: { readonly name?: string | undefined; readonly expires?: string | undefined };
  readonly overlap: string | undefined;
  /** One key that is meant, instead of all. */
  readonly fingerprint: string | undefined;
  /** What of its usage is asked. */
  readonly asked: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly csv: boolean;
}

/** Reads the arguments after `tenants`; where help is wanted nothing else is looked at. Throws `Error` with a line for the operator. */
export function readTenantArguments(args: readonly string[]): TenantArguments {
  const text = { type: "string" } as const; // parseArgs tells options apart by this literal
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{
        models: text,
        pools: text,
        addresses: text,
        formats: text,
        paths: text,
        note: text,
        priority: text,
      },
      ...{ "requests-per-minute": text, "tokens-per-minute": text, "requests-per-day": text },
      ...{
        "tokens-per-day": text,
        concurrency: text,
        budget: text,
        per: text,
        "no-limits": { type: "boolean" },
      },
      ...{ "key-name": text, expires: text, overlap: text, key: text },
      ...{ from: text, to: text, by: text, bucket: text, pool: text, model: text, csv: { type: "boolean" } },
      ...PLACE_OPTIONS,
    },
  });
  const help = values.help === true;
  const [first = "list", name = "", ...more] = help ? [] : positionals;
  const action = TENANT_ACTIONS.find((each) => each === first);
  if (action === undefined) {
    throw new Error(`there is no '${first}'; say one of ${TENANT_ACTIONS.join(", ")}`);
  }
  if (more.length > 0 || (name === "") !== (action === "list")) {
    throw new Error(action === "list" ? "list takes no name" : `${action} takes the name of one tenant`);
  }
  const given: Readonly<Record<string, unknown>> = values;
  const members = membersOf(given);
  const key = { name: values["key-name"], expires: values.expires };
  const asked = textsOf(given, ASKED);
  refuseMisplaced(action, { members, key, fingerprint: values.key, asked });
  if (values.json === true && values.csv === true) throw new Error("--json and --csv exclude each other");
  if (values.csv === true && action !== "usage") throw new Error("--csv is for usage");
  return {
    ...{ action, name, members, key, asked },
    overlap: values.overlap,
    fingerprint: values.key,
    json: values.json === true,
    csv: values.csv === true,
    help,
    url: values.url,
    "data-dir": values["data-dir"],
  };
}

/** What says nothing where it stands is refused: whoever wrote it believes that it was done. */
function refuseMisplaced(
  action: TenantAction,
  { members, key, fingerprint, asked }: Pick<TenantArguments, "members" | "key" | "fingerprint" | "asked">,
): void {
  const said = Object.keys(members);
  const terms = Object.values(key).filter((term) => term !== undefined);
  const ofKey = action === "rotate" || (action === "limit" && fingerprint !== undefined);
  const foreign = said.find((member) => !OF_KEYS.includes(member));
  if (ofKey && foreign !== undefined) throw new Error(`${foreign} of a tenant cannot be said of a key`);
  if (!ofKey && action !== "create" && action !== "limit" && said.length > 0) {
    throw new Error(`${action} takes no ${said[0]}`);
  }
  if (!ofKey && action !== "create" && terms.length > 0) {
    throw new Error("--key-name and --expires are of new keys, or of the one that --key names");
  }
  if (action === "limit" && said.length + terms.length === 0) {
    throw new Error("limit needs at least one option that says to what");
  }
  const [ofUsage] = Object.keys(asked);
  if (action !== "usage" && ofUsage !== undefined) throw new Error(`--${ofUsage} is for usage`);
}

function textsOf(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => {
    const text = values[name];
    return typeof text === "string" ? [[name, text]] : [];
  }));
}

function membersOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const members: Record<string, unknown> = {};
  for (const list of LISTS) {
    const text = values[list];
    if (typeof text !== "string") continue;
    members[list] = text === "all"
      ? null
      : text.split(",").map((one) => one.trim()).filter((one) => one !== "");
  }
  if (typeof values["note"] === "string") members["note"] = values["note"] === "" ? null : values["note"];
  if (values["priority"] !== undefined) members["priority"] = numberOf("priority", values["priority"]);
  const limits = limitsOf(values);
  if (values["no-limits"] === true) members["limits"] = null;
  else if (Object.keys(limits).length > 0) members["limits"] = limits;
  return members;
}

function limitsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const limits: Record<string, unknown> = {};
  for (const [option, member] of Object.entries(LIMITS)) {
    if (values[option] !== undefined) limits[member] = numberOf(option, values[option]);
  }
  if (values["budget"] !== undefined) {
    limits["budget"] = { usd: numberOf("budget", values["budget"]), per: values["per"] ?? "month" };
  }
  return limits;
}

function numberOf(option: string, text: unknown): number {
  const number = typeof text === "string" && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (Number.isFinite(number)) return number;
  throw new Error(`--${option} takes a number`);
}
