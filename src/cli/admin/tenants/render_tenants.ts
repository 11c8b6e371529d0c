import type { TenantCount } from "../../../gateway/under_way/tenant_rates.ts";
import type { TenantKeyView, TenantView } from "../../../operations/tenants/tenant_view.ts";
import { visibleText } from "../../records/visible_text.ts";

/** All tenants for a person, one line each. */
export function renderTenants(tenants: readonly TenantView[]): string {
  const rows = tenants.map(({ name, enabled, source, keys, models, lastUsed }) => [
    name,
    enabled ? "on" : "off",
    SOURCES[source] ?? source,
    `${keys.filter((key) => key.state === "valid").length} of ${keys.length} keys valid`,
    `models ${listed(models)}`,
    lastUsed === null ? "never used" : `last used ${lastUsed.time.slice(0, 16)}Z`,
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? "").length))
  );
  return rows.map((row) =>
    `${visibleText(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())}\n`
  ).join("");
}

/** One tenant for a person: what it may do, then its keys. */
export function renderTenant(tenant: TenantView): string {
  const { name, enabled, source, models, pools, addresses, formats, paths, aliases, priority, note } = tenant;
  const lines = [
    `${name}  ${enabled ? "on" : "off"}, ${SOURCES[source] ?? source}`,
    `  models     ${listed(models)}`,
    `  pools      ${listed(pools)}`,
    `  formats    ${listed(formats)}`,
    `  addresses  ${addresses === null ? "anywhere" : addresses.join(", ")}`,
    `  paths      ${paths.join(", ")}`,
    `  priority   ${priority}`,
  ];
  for (const [alias, model] of Object.entries(aliases)) lines.push(`  alias      ${alias} → ${model}`);
  if (tenant.limits !== null) lines.push(`  limits     ${JSON.stringify(tenant.limits)}`);
  const { current, peak } = tenant.perMinute;
  lines.push(`  a minute   ${rateText(current)}; most so far ${rateText(peak)}`);
  if (note !== null) lines.push(`  note       ${note}`);
  for (const key of tenant.keys) lines.push(`  key        ${keyLine(key)}`);
  return `${lines.map((line) => visibleText(line)).join("\n")}\n`;
}

const SOURCES: Readonly<Record<string, string>> = {
  config: "from the config file",
  gateway: "made by the gateway",
  store: "made at run time",
};

function keyLine({ fingerprint, name, note, state, expires, lastUsed, limits }: TenantKeyView): string {
  const parts = [
    name === null ? fingerprint : `${fingerprint} (${name})`,
    state,
    expires === null ? "" : `until ${expires}`,
    lastUsed === null ? "never used" : `last used ${lastUsed.time.slice(0, 16)}Z from ${lastUsed.address}`,
    limits === null ? "" : `limits ${JSON.stringify(limits)}`,
    note ?? "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function rateText({ requests, tokens, refusedByVendor, refusedByGateway }: TenantCount): string {
  const refused = `${refusedByGateway} refused here, ${refusedByVendor} by vendors`;
  return `${requests} requests, ${tokens} tokens, ${refused}`;
}

function listed(list: readonly string[] | null): string {
  return list === null ? "all" : list.length === 0 ? "none" : list.join(", ");
}
