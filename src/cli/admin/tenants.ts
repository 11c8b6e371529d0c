import type { ChangeWithKey } from "../../operations/tenants/tenant_desk.ts";
import type { TenantView } from "../../operations/tenants/tenant_view.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { callAdmin, type GatewayPlace } from "../explain/gateway_client.ts";
import { renderTenant, renderTenants } from "./tenants/render_tenants.ts";
import { readTenantArguments, type TenantAction, type TenantArguments } from "./tenants/tenant_arguments.ts";
import { tellTenantUsage } from "./tenants/tenant_usage.ts";
import { withGateway } from "./with_gateway.ts";

const USAGE = `Usage:
  tidegate tenants list                  all tenants
  tidegate tenants show NAME             one of them, with its keys
  tidegate tenants create NAME [limits]  makes one; its key is told once
  tidegate tenants limit NAME limits     changes what it may do; "all" takes a limit away
  tidegate tenants usage NAME            what it used, what that cost, and what its limits leave
  tidegate tenants rotate NAME           a new key; the old ones end after the overlap
  tidegate tenants disable|enable NAME   refuses its calls, or takes them again
  tidegate tenants delete NAME           removes it and its keys

Asks the running gateway. Tenants of the config file are shown, and changed there.

  limits        --models a,b --pools a,b --addresses 10.0.0.0/8 --formats a,b --paths a,b --priority N --note TEXT
                --requests-per-minute N --tokens-per-minute N --requests-per-day N --tokens-per-day N
                --concurrency N --budget USD --per month|day --no-limits
                with --key FINGERPRINT limit means this key: numbers, budget, --no-limits, --note and those of new keys
  new keys      --key-name NAME --expires 2027-01-31
  rotate        --overlap 24h ("0s": the old keys are gone at once) --key FINGERPRINT (this old key alone)
                and limits of the new key; it has those of the old ones unless some are said
  usage         --from T --to T --by LIST --bucket hour|day|month --pool P --model M --csv, as tidegate usage has them
  disable, enable, delete, usage   --key FINGERPRINT (this key alone)
  --json        the answer as JSON, also on a terminal
  --url URL     the gateway (TIDEGATE_URL); http://127.0.0.1:4283
  --data-dir D  where its admin.token is (TIDEGATE_DATA_DIR; or set TIDEGATE_ADMIN_TOKEN); ./data
`;

/** The command `tidegate tenants`: exits 0 when it was done, 1 when the gateway refused, 69 when none answers. */
export async function tenants(args: readonly string[], io: CliIo): Promise<number> {
  const read = () => readTenantArguments(args);
  return await withGateway(io, { name: "tenants", usage: USAGE }, read, async (place, wanted) => {
    if (wanted.action === "usage") return await tellTenantUsage(place, wanted, io);
    const answer = await ask(place, { ...wanted, action: wanted.action });
    const forPeople = io.isTerminal && !wanted.json;
    io.stdout(forPeople ? render(answer, wanted) : `${JSON.stringify(answer)}\n`);
    if (isUnsaved(answer)) {
      io.stderr("The gateway's store is away: this is in force, and saved when the store is back.\n");
    }
    return EXIT.ok;
  });
}

type Order = TenantArguments & { readonly action: Exclude<TenantAction, "usage"> };

async function ask(place: GatewayPlace, wanted: Order): Promise<unknown> {
  const { action, name, members, key, overlap, fingerprint } = wanted;
  const path = `/admin/tenants/${encodeURIComponent(name)}`;
  const meant = fingerprint === undefined ? path : `${path}/keys/${encodeURIComponent(fingerprint)}`;
  switch (action) {
    case "list":
      return await everyPage(place);
    case "show":
      return await callAdmin(place, path, undefined, "GET");
    case "create":
      return await callAdmin(place, "/admin/tenants", { name, key, ...members });
    case "limit":
      return await callAdmin(place, meant, { ...key, ...await overStanding(place, path, wanted) }, "PATCH");
    case "rotate":
      return await callAdmin(place, `${path}/rotate`, { ...key, ...members, overlap, fingerprint });
    case "delete":
      return await callAdmin(place, meant, undefined, "DELETE");
    case "disable":
    case "enable":
      return await callAdmin(place, meant, { enabled: action === "enable" }, "PATCH");
  }
}

/** Limits are one member: those that are not named stay only where they are sent along. */
async function overStanding(
  place: GatewayPlace,
  path: string,
  { members, fingerprint }: TenantArguments,
): Promise<object> {
  const { limits } = members;
  if (typeof limits !== "object" || limits === null) return members;
  // The gateway answers in the shape it shares with us.
  const tenant = await callAdmin(place, path, undefined, "GET") as TenantView;
  const meant = fingerprint === undefined
    ? tenant
    : tenant.keys.find((key) => key.fingerprint === fingerprint);
  return { ...members, limits: { ...meant?.limits, ...limits } };
}

/** More pages than there can be tenants: a gateway that never ends must not keep us. */
const MAX_PAGES = 1000;

async function everyPage(place: GatewayPlace): Promise<{ readonly tenants: readonly TenantView[] }> {
  const tenants: TenantView[] = [];
  let after: string | null = "";
  for (let pages = 0; after !== null && pages < MAX_PAGES; pages++) {
    const path: string = `/admin/tenants?limit=1000&after=${encodeURIComponent(after)}`;
    // The gateway answers in the shape it shares with us.
    const page = await callAdmin(place, path, undefined, "GET") as Page;
    tenants.push(...page.tenants);
    after = page.next;
  }
  return { tenants };
}

interface Page {
  readonly tenants: readonly TenantView[];
  readonly next: string | null;
}

function render(answer: unknown, { action, name, fingerprint }: TenantArguments): string {
  // The gateway answers in the shapes it shares with us, here and below.
  if (action === "list") return renderTenants((answer as Page).tenants);
  // As above.
  if (action === "show") return renderTenant(answer as TenantView);
  if (action === "delete" && fingerprint === undefined) return `${name} is deleted.\n`;
  // As above.
  const { tenant, key } = answer as Partial<ChangeWithKey>;
  const told = key === undefined ? "" : `\nIts key, told this once:\n\n  ${key}\n\n`;
  return told + (tenant === undefined ? "" : renderTenant(tenant));
}

function isUnsaved(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "saved" in answer && answer.saved === false;
}
