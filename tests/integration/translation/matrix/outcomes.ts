import assert from "node:assert/strict";
import { SHARED_MEMBERS } from "../../../../src/formats/openai/shared/shared_members.ts";
import type { HubField } from "../../../../src/formats/translation/translation.ts";
import { HUB_FIELDS } from "../../../../src/formats/translation/translation.ts";
import type { Client, Heard } from "../../../support/clients/client.ts";
import { checkScenario, type ErrorManners } from "../../../support/clients/expectations.ts";
import { runScenario } from "../../../support/clients/run_scenario.ts";
import { until } from "../../../support/until.ts";
import { type Scenario, SCENARIOS } from "../../../support/vendors/scenario.ts";
import type { Vendor } from "../../../support/vendors/vendor_server.ts";
import type { VendorKind } from "../../../support/vendors/vendors.ts";
import { FORMATS, isReady } from "./readiness.ts";
import { vendorGateway } from "./vendor_gateway.ts";

/** How one cell ended. `failed` is a bug; `pending` a pair whose formats the program does not have yet. */
export type CellOutcome =
  | { readonly kind: "pass" | "pending" }
  | { readonly kind: "loss"; readonly fields: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "failed"; readonly why: string };

/** A refusal that is right: a 400 whose message names the field. */
interface AllowedRefusal {
  readonly client: string;
  readonly vendor: string;
  readonly scenario: Scenario;
  readonly field: string;
  readonly reason: string;
}

/** The refusals that the matrix may have, each with its reason; any other one is a failure. */
const ALLOWED_REFUSALS: readonly AllowedRefusal[] = [];

/**
 * What the gateway makes of a vendor's errors: a refused upstream key is never the client's 401, a failing vendor a
 * bad gateway or an overload, and a stream that breaks off an error for every client.
 */
const THROUGH_GATEWAY: ErrorManners = {
  statuses: { 400: [400], 401: [502, 503], 429: [429], 500: [500, 502, 503] },
  cutIsError: true,
};

/** Scenarios that mark keys or hosts: each has a gateway of its own, so that no cell sees another's marks. */
const MARKS: ReadonlySet<Scenario> = new Set(["error_401", "error_429", "error_500", "cut"]);

const known = new Map<string, Promise<ReadonlyMap<Scenario, CellOutcome>>>();

/** The outcomes of one pair, all scenarios in order; played once and remembered. */
export function outcomesOf(client: Client, kind: VendorKind): Promise<ReadonlyMap<Scenario, CellOutcome>> {
  const name = `${client.name} → ${kind.name}`;
  const outcomes = known.get(name) ?? play(client, kind);
  known.set(name, outcomes);
  return outcomes;
}

async function play(client: Client, kind: VendorKind): Promise<ReadonlyMap<Scenario, CellOutcome>> {
  const outcomes = new Map<Scenario, CellOutcome>();
  if (!isReady(client.format, kind)) {
    return new Map(SCENARIOS.map((scenario) => [scenario, { kind: "pending" }]));
  }
  await using vendor = await kind.start();
  await using shared = await vendorGateway(kind, vendor);
  for (const scenario of SCENARIOS) {
    vendor.forget();
    if (!MARKS.has(scenario)) {
      outcomes.set(scenario, await playCell(client, kind, vendor, shared, scenario));
      continue;
    }
    await using own = await vendorGateway(kind, vendor);
    outcomes.set(scenario, await playCell(client, kind, vendor, own, scenario));
  }
  return outcomes;
}

async function playCell(
  client: Client,
  kind: VendorKind,
  vendor: Vendor,
  gateway: { readonly url: string; readonly key: string },
  scenario: Scenario,
): Promise<CellOutcome> {
  const target = { baseUrl: gateway.url, key: gateway.key, model: kind.model };
  const turns = await runScenario(client, target, scenario);
  const refusal = turns.map(({ error }) => error).find((error) => error?.status === 400);
  if (refusal !== undefined && scenario !== "error_400" && vendor.refusals.length === 0) {
    const allowed = ALLOWED_REFUSALS.find((one) =>
      one.client === client.name && one.vendor === kind.name && one.scenario === scenario &&
      refusal.message.includes(one.field)
    );
    if (allowed !== undefined) return { kind: "refused", reason: `\`${allowed.field}\`: ${allowed.reason}` };
    return { kind: "failed", why: `refused: ${refusal.message}` };
  }
  try {
    assert.deepEqual(vendor.refusals, [], "the vendor refused what the gateway made");
    checkScenario(scenario, turns, THROUGH_GATEWAY);
    if (scenario === "abort") {
      await until(() => vendor.departures === 1, "the vendor sees that the client left");
    }
    if (scenario === "parallel_tools") checkPieces(client, kind, turns);
    if (scenario === "thinking" && kind.format !== "openai_chat") {
      assert.match(turns[1]?.text ?? "", /Signature: returned/, "the signature did not come back");
    }
    return lossesOf(client, kind, turns);
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

/** Arguments arrive in pieces wherever both formats have pieces for them; Gemini's has calls only whole. */
function checkPieces(client: Client, kind: VendorKind, turns: readonly Heard[]): void {
  if ([client.format, kind.format].includes("gemini_generate")) return;
  const { argumentPieces = 0, calls = [] } = turns[0] ?? {};
  assert(argumentPieces > calls.length, "the arguments of tool calls came whole");
}

function lossesOf(client: Client, kind: VendorKind, turns: readonly Heard[]): CellOutcome {
  const fields = [...new Set(turns.flatMap(({ dropped }) => (dropped ?? "").split(/\s*,\s*/)))]
    .filter((field) => field !== "").sort();
  if (fields.length === 0) return { kind: "pass" };
  assert(client.format !== kind.format, `the native path dropped ${fields}`);
  const documented = documentedFields(client.format);
  for (const field of fields) {
    assert(
      documented.some((name) =>
        field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`)
      ),
      `'${field}' was dropped, but is in no list`,
    );
  }
  return { kind: "loss", fields };
}

/** The names by which a client of a format may be told of a loss. */
export function documentedFields(format: string): readonly string[] {
  const chat = FORMATS.find(format)?.chat;
  // The keys of HUB_FIELDS are the fields.
  const hub = (Object.keys(HUB_FIELDS) as HubField[]).map((field) => chat?.fieldNames[field] ?? field);
  const own = Object.entries(chat?.ownMembers ?? {}).filter(([, what]) => what === "drop");
  return [...hub, ...own.map(([name]) => name), ...SHARED_MEMBERS];
}
