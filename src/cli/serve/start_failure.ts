import { ConfigFileError } from "../../config/files.ts";
import { ConfigError } from "../../config/problem.ts";
import { DataDirError } from "../../server/data_dir.ts";
import { ListenError } from "../../server/listener/listen.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";

/**
 * Tells the operator why a gateway did not start: one clear line, of a config all its problems. Resolves to the exit
 * code of that kind; throws the error itself when it is a fault of ours.
 */
export function startFailure(error: unknown, io: CliIo): number {
  if (error instanceof ConfigError) {
    io.stderr(`${error.explain()}\n`);
    return EXIT.configInvalid;
  }
  if (error instanceof ConfigFileError) {
    io.stderr(`tidegate: ${error.message}. Write one with 'tidegate init', or name another with --config.\n`);
    return EXIT.configInvalid;
  }
  if (error instanceof RangeError) {
    io.stderr(`tidegate: ${error.message}\n`);
    return EXIT.configInvalid;
  }
  if (error instanceof DataDirError || error instanceof ListenError) {
    io.stderr(`tidegate: ${error.message}\n`);
    return EXIT.unexpected;
  }
  throw error;
}
