import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { GatewayClientError, type GatewayPlace, gatewayPlace } from "../explain/gateway_client.ts";

/** Options that every command of a running gateway takes, for `parseArgs`. */
export const PLACE_OPTIONS = {
  url: { type: "string" },
  "data-dir": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const; // parseArgs tells options apart by these literals

/** What {@link PLACE_OPTIONS} are to people. */
export const PLACE_USAGE = `  --json           answers as the gateway gives them
  --url URL        the gateway (TIDEGATE_URL); http://127.0.0.1:4283
  --data-dir DIR   where its admin.token is (TIDEGATE_DATA_DIR; or set TIDEGATE_ADMIN_TOKEN); ./data
`;

/** Arguments that mean nothing; the message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs what speaks to a gateway; its failures become one line and an exit code. */
export async function withGateway(
  io: CliIo,
  { name, usage, values }: {
    readonly name: string;
    readonly usage: string;
    readonly values: { readonly url?: string | undefined; readonly "data-dir"?: string | undefined };
  },
  work: (place: GatewayPlace) => Promise<number>,
): Promise<number> {
  try {
    return await work(gatewayPlace({ url: values.url, dataDir: values["data-dir"] }, io));
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`tidegate ${name}: ${error.message}\n\n${usage}`);
      return EXIT.usage;
    }
    if (!(error instanceof GatewayClientError)) throw error;
    io.stderr(`tidegate ${name}: ${error.message}\n`);
    return error.unreachable ? EXIT.unreachable : EXIT.unexpected;
  }
}
