import { parseArgs } from "node:util";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { callAdmin } from "../explain/gateway_client.ts";
import { visibleText } from "../records/visible_text.ts";
import { PLACE_OPTIONS, type PlaceValues, withGateway } from "./with_gateway.ts";

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
  /** What to ask; throws `UsageError` for arguments that mean nothing. */
  readonly order: (given: AdminArguments) => AdminOrder;
}

/** Runs a command; resolves to its exit code: 1 when the gateway refuses, 2 for wrong usage, 69 when none answers. */
export async function runAdminCommand(
  command: AdminCommand,
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  return await withGateway(io, command, () => read(command, args), async (place, { words, flags, json }) => {
    const order = command.order({ words, flags });
    const answer = await callAdmin(place, order.path, order.body);
    io.stdout(io.isTerminal && !json ? shown(order.render(answer)) : `${JSON.stringify(answer)}\n`);
    return order.exit?.(answer) ?? EXIT.ok;
  });
}

function read(
  command: AdminCommand,
  args: readonly string[],
): AdminArguments & PlaceValues & { json: boolean } {
  const own = Object.fromEntries(command.options.map((name) => [name, { type: "string" } as const])); // parseArgs tells options apart by this literal
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...own, ...PLACE_OPTIONS },
  });
  const flags = textsOf(values);
  return {
    words: positionals,
    flags,
    url: flags["url"],
    "data-dir": flags["data-dir"],
    json: values["json"] === true,
    help: values["help"] === true,
  };
}

type Values = Readonly<Record<string, unknown>>;

function textsOf(values: Values): Record<string, string> {
  const texts = Object.entries(values).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : []
  );
  return Object.fromEntries(texts);
}

/** What comes from clients and vendors must not move the terminal's cursor. */
function shown(text: string): string {
  return text.split("\n").map((line) => visibleText(line)).join("\n");
}
