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

/** A command line of `tidegate tenants`, read. */
export interface TenantArguments extends PlaceValues {
  readonly action: TenantAction;
  /** Empty for `list`. */
  readonly name: string;
  /** Members of the tenant to set; null takes one away. `limits` are those of the command line alone. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Terms of a new key. */
  readonly key: { readonly name?: string | undefined; readonly expires?: string | undefined };
  readonly overlap: string | undefined;
  /** One key that is meant, instead of all. */
  readonly fingerprint: string | undefined;
  readonly json: boolean;
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
  if (action === "limit" && Object.keys(members).length === 0) {
    throw new Error("limit needs at least one option that says to what");
  }
  return {
    ...{ action, name, members },
    key: { name: values["key-name"], expires: values.expires },
    overlap: values.overlap,
    fingerprint: values.key,
    json: values.json === true,
    help,
    url: values.url,
    "data-dir": values["data-dir"],
  };
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
