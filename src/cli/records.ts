import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemRuntime } from "../core/time/system_runtime.ts";
import { findRecord } from "../recording/reading/find_record.ts";
import { RecordTail } from "../recording/reading/record_tail.ts";
import type { CliIo } from "./cli_io.ts";
import { renderRecord } from "./records/render_record.ts";
import { visibleJson } from "./records/visible_text.ts";

const USAGE = `Usage:
  tidegate records tail [-n COUNT] [-f] [--data-dir DIR] [--json]   the newest records, then those that come
  tidegate records show ID [--data-dir DIR] [--json]                one record by its id (the answer's x-request-id)

On a terminal records are shown as conversations, else (or with --json) as the recorded JSON lines.
DIR is TIDEGATE_DATA_DIR or ./data where it is not given.
`;

/** Most records that `tail -n` shows. */
const MAX_COUNT = 100_000;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The command `tidegate records`. Resolves to its exit code: 0, 1 when there is no such record or no records
 * folder, 2 for wrong usage. With `--follow` it ends when `stop` aborts; a person ends it with Ctrl-C.
 */
export async function records(args: readonly string[], io: CliIo, stop?: AbortSignal): Promise<number> {
  const command = parse(args, io);
  if (typeof command === "number") return command;
  const folder = join(command.dataDir, "records");
  if (!await isFolder(folder)) {
    io.stderr(`There is no folder ${folder}. Name the gateway's data directory with --data-dir.\n`);
    return 1;
  }
  const print = (line: Uint8Array, whole: boolean) => {
    const text = new TextDecoder().decode(line);
    if (command.json || !io.isTerminal) io.stdout(`${io.isTerminal ? visibleJson(text) : text}\n`);
    else io.stdout(`${renderRecord(text, { whole, colour: !io.env("NO_COLOR") })}\n`);
  };
  const report = (path: string) => io.stderr(`Cannot read ${path}: damaged or not allowed; passed over.\n`);
  if (command.name === "show") {
    const line = await findRecord(folder, command.id, report);
    if (line === undefined) {
      io.stderr(`No record ${command.id} in ${folder}. It may be too old, or records were off.\n`);
      return 1;
    }
    print(line, true);
    return 0;
  }
  const tail = new RecordTail(folder);
  for await (const line of tail.last(command.count, report)) print(line, false);
  if (command.follow) {
    const signal = stop ?? new AbortController().signal;
    for await (const line of tail.follow(systemRuntime(), signal)) print(line, false);
  }
  return 0;
}

type Command =
  & { readonly dataDir: string; readonly json: boolean }
  & ({ readonly name: "show"; readonly id: string } | {
    readonly name: "tail";
    readonly count: number;
    readonly follow: boolean;
  });

/** The command meant by the arguments, or the exit code when there is none to run. */
function parse(args: readonly string[], io: CliIo): Command | number {
  const wrong = (why: string) => {
    io.stderr(`${why}\n${USAGE}`);
    return 2;
  };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        "data-dir": { type: "string" },
        follow: { type: "boolean", short: "f" },
        number: { type: "string", short: "n" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    io.stdout(USAGE);
    return 0;
  }
  const shared = {
    dataDir: values["data-dir"] ?? (io.env("TIDEGATE_DATA_DIR") || "./data"),
    json: values.json ?? false,
  };
  const [name, id, ...rest] = positionals;
  if (name === "show" && id !== undefined && rest.length === 0) {
    if (values.follow || values.number !== undefined) return wrong("-f and -n belong to records tail.");
    const lower = id.toLowerCase();
    return ID.test(lower) ? { ...shared, name, id: lower } : wrong(`'${id}' is no record id.`);
  }
  if (name === "tail" && id === undefined) {
    const count = /^\d{1,6}$/.test(values.number ?? "10") ? Number(values.number ?? "10") : MAX_COUNT + 1;
    if (count > MAX_COUNT) return wrong(`-n takes a number from 0 to ${MAX_COUNT}.`);
    return { ...shared, name, count, follow: values.follow ?? false };
  }
  return wrong(name === "show" ? "records show takes one id." : "Say records tail or records show ID.");
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
