import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { GatewayClientError, type GatewayPlace, gatewayPlace } from "../explain/gateway_client.ts";

/** The options that every command to a running gateway takes, for its usage. */
export const PLACE_USAGE =
  `  --json        the gateway's answer as it is (also where the output is no terminal)
  --url URL     the gateway (TIDEGATE_URL); http://127.0.0.1:4283
  --data-dir D  where its admin.token is (TIDEGATE_DATA_DIR; or set TIDEGATE_ADMIN_TOKEN); ./data
`;

/** The same for `parseArgs`. */
export const PLACE_OPTIONS = {
  url: { type: "string" },
  "data-dir": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const; // parseArgs tells options apart by these literals

/** Values of {@link PLACE_OPTIONS}. */
export interface PlaceValues {
  readonly url?: string | undefined;
  readonly "data-dir"?: string | undefined;
  readonly help?: boolean | undefined;
}

/** Arguments that mean nothing; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs a command that speaks to a running gateway; resolves to its exit code: that of `work`, 0 after `--help`, 1 when
 * the gateway refuses, 2 for arguments that mean nothing (whatever `read` throws, and {@link UsageError}), 69 when no
 * gateway answers.
 */
export async function withGateway<Values extends PlaceValues>(
  io: CliIo,
  { name, usage }: { readonly name: string; readonly usage: string },
  read: () => Values,
  work: (place: GatewayPlace, values: Values) => Promise<number>,
): Promise<number> {
  const wrongUsage = (error: unknown) => {
    io.stderr(`tidegate ${name}: ${error instanceof Error ? error.message : "bad arguments"}\n\n${usage}`);
    return EXIT.usage;
  };
  let values: Values;
  try {
    values = read();
  } catch (error) {
    return wrongUsage(error);
  }
  if (values.help === true) {
    io.stdout(usage);
    return EXIT.ok;
  }
  try {
    return await work(gatewayPlace({ url: values.url, dataDir: values["data-dir"] }, io), values);
  } catch (error) {
    if (error instanceof UsageError) return wrongUsage(error);
    if (!(error instanceof GatewayClientError)) throw error;
    io.stderr(`tidegate ${name}: ${error.message}\n`);
    return error.unreachable ? EXIT.unreachable : EXIT.unexpected;
  }
}
