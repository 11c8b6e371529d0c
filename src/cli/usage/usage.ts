import { parseArgs } from "node:util";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { PLACE_OPTIONS, withGateway } from "../admin/with_gateway.ts";
import { readAdmin } from "../explain/gateway_client.ts";
import { renderUsage, type ToldUsage } from "./render_usage.ts";

const USAGE = `Usage: tidegate usage [--from T] [--to T] [--by LIST] [--bucket hour|day|month] [filters]
                      [--json | --csv] [--url URL] [--data-dir DIR]

Asks the running gateway what was used and what it cost.

  --from T --to T  UTC times such as 2026-01, 2026-01-31, 2026-01-31T23; --to is not included. The last 30 days
  --by LIST        what is told apart, with commas: tenant, tenantKey, pool, key, model (tenant,model)
  --bucket B       told apart by hour, day or month
  --tenant T --tenantKey K --pool P --key K --model M    only these
  --json, --csv    for programs; otherwise a table
  --url URL        the gateway (TIDEGATE_URL); http://127.0.0.1:4283
  --data-dir D     where its admin.token is (TIDEGATE_DATA_DIR; or set TIDEGATE_ADMIN_TOKEN); ./data
`;

/** Options that go to the gateway as they are. */
const ASKED = ["from", "to", "by", "bucket", "tenant", "tenantKey", "pool", "key", "model"] as const;

/** The command `tidegate usage`: exits 0; 1 when the gateway refuses the question, 69 when none answers. */
export async function usage(args: readonly string[], io: CliIo): Promise<number> {
  return await withGateway(io, { name: "usage", usage: USAGE }, () => read(args), async (place, values) => {
    const query = new URLSearchParams();
    for (const name of ASKED) {
      const value = values[name] ?? (name === "by" ? "tenant,model" : undefined);
      if (value !== undefined) query.set(name, value);
    }
    const text = await readAdmin(place, `/admin/usage${values.csv === true ? ".csv" : ""}?${query}`);
    const forPeople = io.isTerminal && values.json !== true && values.csv !== true;
    // The gateway answers in the shape it shares with us; an older one's missing members print as nothing.
    if (forPeople) io.stdout(renderUsage(JSON.parse(text) as ToldUsage));
    else io.stdout(text.endsWith("\n") ? text : `${text}\n`);
    return EXIT.ok;
  });
}

function read(args: readonly string[]) {
  const text = { type: "string" } as const; // parseArgs tells options apart by this literal
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ from: text, to: text, by: text, bucket: text, tenant: text, tenantKey: text, pool: text },
      ...{ key: text, model: text, csv: { type: "boolean" } },
      ...PLACE_OPTIONS,
    },
  });
  if (values.json === true && values.csv === true) {
    throw new RangeError("--json and --csv exclude each other");
  }
  return values;
}
