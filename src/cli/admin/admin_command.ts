import { parseArgs } from "node:util";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { callAdmin, GatewayClientError, type GatewayPlace, gatewayPlace } from "../explain/gateway_client.ts";
import { visibleText } from "../records/visible_text.ts";

/** The options that every command to a running gateway takes, for its usage. */
export const PLACE_USAGE =
  `  --json        the gateway's answer as it is (also where the output is no terminal)
  --url URL     the gateway (TIDEGATE_URL); http://127.0.0.1:4283
  --data-dir D  where its admin.token is (TIDEGATE_DATA_DIR; or set TIDEGATE_ADMIN_TOKEN); ./data
`;

/** Arguments that mean nothing; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a command was asked for. */
export interface AdminArguments {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | undefined>>;
}

/** One call to make, and how its answer is shown to a person. */
export interface AdminOrder {
  readonly path: string;
  /** Undefined: a GET. */
  readonly body?: unknown;
  readonly render: (answer: unknown) => string;
  /** The exit code that the answer means. @default 0 */
  readonly exit?: (answer: unknown) => number;
}

/** A command that speaks to the admin API of a running gateway. */
export interface AdminCommand {
  /** As it is typed. */
  readonly name: string;
  readonly usage: string;
  /** Options of its own; each takes a text. */
  readonly options: readonly string[];
  /** What to ask; throws {@link UsageError} for arguments that mean nothing. */
  readonly order: (given: AdminArguments) => AdminOrder;
}

/** Runs a command; resolves to its exit code: 1 when the gateway refuses, 2 for wrong usage, 69 when none answers. */
export async function runAdminCommand(
  command: AdminCommand,
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  try {
    const { values, positionals } = parsed(command, args);
    if (values["help"] === true) {
      io.stdout(command.usage);
      return EXIT.ok;
    }
    const order = command.order({ words: positionals, flags: textsOf(values) });
    const answer = await callAdmin(placeOf(values, io), order.path, order.body);
    const forPeople = io.isTerminal && values["json"] !== true;
    io.stdout(forPeople ? shown(order.render(answer)) : `${JSON.stringify(answer)}\n`);
    return order.exit?.(answer) ?? EXIT.ok;
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`tidegate ${command.name}: ${error.message}\n\n${command.usage}`);
      return EXIT.usage;
    }
    if (!(error instanceof GatewayClientError)) throw error;
    io.stderr(`tidegate ${command.name}: ${error.message}\n`);
    return error.unreachable ? EXIT.unreachable : EXIT.unexpected;
  }
}

function parsed(command: AdminCommand, args: readonly string[]) {
  const text = { type: "string" } as const; // parseArgs tells options apart by this literal
  const own = Object.fromEntries([...command.options, "url", "data-dir"].map((name) => [name, text]));
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...own, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "bad arguments");
  }
}

type Values = Readonly<Record<string, unknown>>;

function textsOf(values: Values): Record<string, string> {
  const texts = Object.entries(values).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : []
  );
  return Object.fromEntries(texts);
}

function placeOf(values: Values, io: CliIo): GatewayPlace {
  const { url, "data-dir": dataDir } = textsOf(values);
  return gatewayPlace({ url, dataDir }, io);
}

/** What comes from clients and vendors must not move the terminal's cursor. */
function shown(text: string): string {
  return text.split("\n").map((line) => visibleText(line)).join("\n");
}
