import { UsageError } from "../admin/admin_command.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { GatewayClientError, type GatewayPlace, gatewayPlace } from "../explain/gateway_client.ts";

/** Options that every command to a running gateway takes, for `parseArgs`. */
export const PLACE_OPTIONS = {
  url: { type: "string" },
  "data-dir": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const; // parseArgs tells options apart by these literals

/** Runs what makes more than one call, or no plain one; its failures become one line and an exit code. */
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
