import { parseArgs } from "node:util";
import { PLACE_OPTIONS, PLACE_USAGE, UsageError, withGateway } from "../admin/with_gateway.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { sendAdmin } from "../explain/gateway_client.ts";

const USAGE = `Usage:
  tidegate secrets rotate [--json]

Makes a new master key and seals every upstream key of the store anew. The old one works until that is done.

${PLACE_USAGE}`;

/** The command `tidegate secrets`: exits 1 when the change is not done, 69 when no gateway answers. */
export async function secrets(args: readonly string[], io: CliIo): Promise<number> {
  const read = () => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: PLACE_OPTIONS,
    });
    return { ...values, positionals };
  };
  return await withGateway(
    io,
    { name: "secrets", usage: USAGE },
    read,
    async (place, { positionals, json }) => {
      if (positionals.length !== 1 || positionals[0] !== "rotate") throw new UsageError("say secrets rotate");
      // The gateway answers in the shape it shares with us.
      const { resealed, done } = await sendAdmin(place, "POST", "/admin/secrets/rotate") as {
        readonly resealed: number;
        readonly done: boolean;
      };
      if (json === true || !io.isTerminal) io.stdout(`${JSON.stringify({ resealed, done })}\n`);
      else io.stdout(`Sealed ${resealed} keys under a new master key\n`);
      if (done) return EXIT.ok;
      io.stderr("The store did not take all of them: both master keys stay. Run this again, or restart.\n");
      return EXIT.unexpected;
    },
  );
}
