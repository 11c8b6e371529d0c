import { parseArgs } from "node:util";
import type { Explanation } from "../gateway/explain.ts";
import { PLACE_OPTIONS, withGateway } from "./admin/with_gateway.ts";
import type { CliIo } from "./cli_io.ts";
import { EXIT } from "./exit_codes.ts";
import { renderExplanation } from "./explain/render_explanation.ts";
import { callAdmin } from "./explain/gateway_client.ts";

const USAGE = `Usage: tidegate explain [--model M] [--tenant T] [--path /v1/...] [--tokens N] [--json]
                        [--url URL] [--data-dir DIR]

Asks the running gateway where a request would go and why, endpoint by endpoint, without making it.

  --model M     the model as a client names it; without it, a request that names none
  --tenant T    with the grants and models of that tenant
  --path P      another path than /v1/chat/completions
  --tokens N    a request of that many tokens, for limits
  --url URL     the gateway (TIDEGATE_URL); http://127.0.0.1:4283
  --data-dir D  where its admin.token is (TIDEGATE_DATA_DIR; or set TIDEGATE_ADMIN_TOKEN); ./data
`;

/** The command `tidegate explain`: exits 0 when the request would find an endpoint, 3 when not, 69 when no gateway answers. */
export async function explain(args: readonly string[], io: CliIo): Promise<number> {
  return await withGateway(io, { name: "explain", usage: USAGE }, () => read(args), async (place, values) => {
    const { model, tenant, path } = values;
    const question = { model, tenant, path, inputTokens: values.inputTokens };
    // The gateway answers in the shape it shares with us; an older one's missing members print as nothing.
    const answer = await callAdmin(place, "/admin/explain", question) as Explanation;
    const forPeople = io.isTerminal && values.json !== true;
    io.stdout(forPeople ? renderExplanation(answer) : `${JSON.stringify(answer)}\n`);
    return answer.pick === null ? EXIT.testFailed : EXIT.ok;
  });
}

function read(args: readonly string[]) {
  const text = { type: "string" } as const; // parseArgs tells options apart by this literal
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ model: text, tenant: text, path: text, tokens: text },
      ...PLACE_OPTIONS,
    },
  });
  const inputTokens = values.tokens === undefined ? undefined : Number(values.tokens);
  if (inputTokens !== undefined && !(Number.isInteger(inputTokens) && inputTokens >= 0)) {
    throw new RangeError("--tokens takes a whole number");
  }
  return { ...values, inputTokens };
}
