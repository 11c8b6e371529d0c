import type { TenantConfig } from "../../config.ts";
import { Report } from "../../problem.ts";
import { issueProblems, issueText } from "../../schema/issue_problems.ts";
import { tenantFile } from "../../schema/tenant_file.ts";
import { Document } from "../../text/document.ts";
import { reportFlatTiers } from "../flat_tiers.ts";
import { SecretResolver } from "../secrets.ts";
import { buildTenants, type TenantSurroundings } from "../tenants.ts";

/** A tenant, or why what was given makes none: each problem with the member it is at, never with its value. */
export type RunTimeTenant =
  | { readonly tenant: TenantConfig }
  | { readonly problems: readonly { readonly member: string; readonly text: string }[] };

/** Where the one tenant stands in the document that its problems are placed in. */
const PLACE = ["tenants", 0] as const;

/**
 * Makes a tenant of what an entry of the file's `tenants` would hold, by the very same rules: whatever the file can
 * say of a tenant can be said of one made at run time. Its keys are hashes; references to secrets lead nowhere here.
 */
export function buildRunTimeTenant(file: unknown, surroundings: TenantSurroundings): RunTimeTenant {
  const document = Document.of(JSON.stringify({ tenants: [file] }));
  const report = new Report("tenant", document);
  // Read from the text of an object with this very member, one line above.
  const { tenants: [value] } = document.value as { readonly tenants: readonly [Record<string, unknown>] };
  reportFlatTiers(value["routes"], report, PLACE);
  const parsed = tenantFile.safeParse(value, { error: issueText });
  for (const { path, message, atName } of issueProblems(parsed.error?.issues ?? [])) {
    report.problem([...PLACE, ...path], message, undefined, atName ? "name" : "value");
  }
  const sources = {
    env: () => undefined,
    readSecretFile: () => {
      throw new Deno.errors.NotFound();
    },
  };
  const secrets = new SecretResolver(sources, report, "tenant");
  const items = parsed.success ? [{ index: 0, file: parsed.data }] : [];
  const [tenant] = buildTenants(items, secrets, report, surroundings);
  if (tenant !== undefined && report.problemCount === 0) return { tenant };
  return {
    problems: report.problems.map(({ path, message, hint }) => ({
      member: path.replace(/^tenants\[0\]\.?/, ""),
      text: hint === undefined ? message : `${message}; ${hint}`,
    })),
  };
}
