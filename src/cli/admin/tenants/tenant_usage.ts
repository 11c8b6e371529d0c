import type { TenantLimit } from "../../../gateway/admission/tenant_limits.ts";
import type { CliIo } from "../../cli_io.ts";
import { EXIT } from "../../exit_codes.ts";
import { callAdmin, GatewayClientError, type GatewayPlace, readAdmin } from "../../explain/gateway_client.ts";
import { visibleText } from "../../records/visible_text.ts";
import { renderUsage, type ToldUsage } from "../../usage/render_usage.ts";
import type { TenantArguments } from "./tenant_arguments.ts";

/** What is told apart where nothing else is asked. */
const USUAL_BY = "tenantKey,model";

/**
 * Tells what a tenant used and what its limits leave: a table for a person, JSON or CSV for programs (CSV: usage
 * alone). A tenant that is gone has its usage still. Resolves to the exit code; throws {@link GatewayClientError}.
 */
export async function tellTenantUsage(
  place: GatewayPlace,
  { name, asked, fingerprint, json, csv }: TenantArguments,
  io: CliIo,
): Promise<number> {
  const query = new URLSearchParams({ by: USUAL_BY, ...asked, tenant: name });
  if (fingerprint !== undefined) query.set("tenantKey", fingerprint);
  if (csv) {
    io.stdout(await readAdmin(place, `/admin/usage.csv?${query}`));
    return EXIT.ok;
  }
  // The gateway answers in the shapes it shares with us, here and below.
  const usage = await callAdmin(place, `/admin/usage?${query}`) as ToldUsage;
  const all = await limitsOf(place, name);
  const limits = fingerprint === undefined
    ? all
    : all?.filter(({ scope }) => `${scope}/`.includes(`/key:${fingerprint}/`));
  if (!io.isTerminal || json) io.stdout(`${JSON.stringify({ ...usage, limits: limits ?? null })}\n`);
  else io.stdout(`${renderUsage(usage)}${limits === undefined ? "" : renderLimits(limits)}`);
  if (limits === undefined) io.stderr(`No tenant is called '${visibleText(name)}' now.\n`);
  return EXIT.ok;
}

/** Undefined: there is no such tenant now. */
async function limitsOf(place: GatewayPlace, name: string): Promise<readonly TenantLimit[] | undefined> {
  try {
    const path = `/admin/tenants/${encodeURIComponent(name)}/limits`;
    // As above.
    const { limits } = await callAdmin(place, path) as { readonly limits: readonly TenantLimit[] };
    return limits;
  } catch (error) {
    if (error instanceof GatewayClientError && error.status === 404) return undefined;
    throw error;
  }
}

function renderLimits(limits: readonly TenantLimit[]): string {
  if (limits.length === 0) return "Nothing limits it.\n";
  const rows = [
    ["limit", "of", "left", "at most", "all back in"],
    ...limits.map(({ scope, limit, max, used, resetMs }) => [
      ...[limit, scope, amount(limit, Math.max(0, max - used)), amount(limit, max)],
      resetMs === 0 ? "-" : `${Math.ceil(resetMs / 1000)} s`,
    ]),
  ];
  const widths = rows[0]?.map((_heading, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    `${
      visibleText(
        row.map((cell, at) => at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))
          .join("  ").trimEnd(),
      )
    }\n`
  ).join("");
}

/** Budgets are counted in millionths of a dollar. */
function amount(limit: TenantLimit["limit"], value: number): string {
  return limit === "budget" ? `$${(value / 1_000_000).toFixed(4)}` : String(value);
}
