import { parseArgs } from "node:util";
import type { ImportReport } from "../../operations/keys/import/key_import.ts";
import type { KeyPage, KeyView } from "../../operations/keys/key_view.ts";
import { PLACE_OPTIONS, PLACE_USAGE, UsageError, withGateway } from "../admin/with_gateway.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { type GatewayPlace, sendAdmin } from "../explain/gateway_client.ts";
import { keyTable, keyText } from "./key_text.ts";
import { testKeys } from "./test_keys.ts";

const USAGE = `Usage:
  tidegate keys import POOL FILE|-  [--format text|csv|jsonl] [--upstream NAME] [--dry-run]
  tidegate keys list POOL           [--state ok|disabled|invalid|cooldown|unreadable]
  tidegate keys export POOL         [--format csv|jsonl] [--state S]     masked, with state and reason
  tidegate keys delete POOL         KEY... | --state S | --name PATTERN | --note TEXT | --all   [--yes]
  tidegate keys enable|disable POOL KEY... | --state S | --name PATTERN | --note TEXT | --all
  tidegate keys test POOL           [KEY...] [--state S] [--model M] [--concurrency N] [--rate PER_SECOND]

Keys of a running gateway's pools. KEY is a fingerprint as list shows it. Keys of the config file are shown and
tested, and changed only there.

${PLACE_USAGE}`;

type Values = Omit<ReturnType<typeof read>, "positionals">;

/** What a sub-command works with. */
interface Asked {
  readonly place: GatewayPlace;
  readonly pool: string;
  readonly rest: readonly string[];
  readonly values: Values;
  readonly io: CliIo;
}

const COMMANDS: Readonly<Record<string, (asked: Asked) => Promise<number>>> = {
  import: importKeys,
  list: listKeys,
  export: listKeys,
  delete: deleteKeys,
  enable: (asked) => switchKeys(asked, true),
  disable: (asked) => switchKeys(asked, false),
  test: (asked) => testKeys({ ...asked, wish: { ...testWish(asked), which: selection(asked) } }),
};

/** The command `tidegate keys`: exits 0, 3 when lines were rejected or keys failed a test, 69 when no gateway answers. */
export async function keys(args: readonly string[], io: CliIo): Promise<number> {
  return await withGateway(io, { name: "keys", usage: USAGE }, () => read(args), (place, asked) => {
    const { positionals: [name = "", pool, ...rest], ...values } = asked;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      throw new UsageError("say import, list, export, delete, enable, disable or test");
    }
    if (pool === undefined) throw new UsageError(`'keys ${name}' takes the name of a pool`);
    return command({ place, pool, rest, values, io });
  });
}

function read(args: readonly string[]) {
  const text = { type: "string" } as const; // parseArgs tells options apart by this literal
  const flag = { type: "boolean" } as const; // the same
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      ...{ format: text, upstream: text, state: text, name: text, note: text, model: text },
      ...{ concurrency: text, rate: text, "dry-run": flag, all: flag, yes: flag },
    },
  });
  return { ...values, positionals };
}

async function importKeys({ place, pool, rest, values, io }: Asked): Promise<number> {
  const [file, ...more] = rest;
  if (file === undefined || more.length > 0) {
    throw new UsageError("'keys import' takes one file, or - for stdin");
  }
  const query = queryOf({
    format: values.format,
    upstream: values.upstream,
    dryRun: values["dry-run"] === true ? "true" : undefined,
  });
  // The gateway answers in the shape it shares with us; an older one's missing members print as nothing.
  const report = await sendAdmin(place, "POST", `${pathOf(pool)}${query}`, await contentOf(file)) as
    & ImportReport
    & { readonly saved: boolean };
  if (values.json === true || !io.isTerminal) io.stdout(`${JSON.stringify(report)}\n`);
  else {
    const done = values["dry-run"] === true ? "Would add" : "Added";
    io.stdout(
      `${done} ${report.added} keys; ${report.duplicate} are there already, ${report.rejected} rejected\n`,
    );
  }
  for (const { line, reason } of report.rejects) io.stderr(`line ${line}: ${reason}\n`);
  if (!report.saved) {
    io.stderr("The gateway serves from them but could not save them yet: its log tells why.\n");
  }
  return report.rejected === 0 ? EXIT.ok : EXIT.testFailed;
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return file === "-" ? await new Response(Deno.stdin.readable).bytes() : await Deno.readFile(file);
  } catch (error) {
    throw new UsageError(
      `'${file}' cannot be read (${error instanceof Error ? error.name : "unknown error"})`,
    );
  }
}

async function listKeys({ place, pool, rest, values, io }: Asked): Promise<number> {
  if (rest.length > 0) throw new UsageError("'keys list' takes the name of a pool alone");
  const format = values.format ?? "jsonl";
  if (format !== "jsonl" && format !== "csv") throw new UsageError("--format of an export is csv or jsonl");
  const forPeople = io.isTerminal && values.json !== true && values.format === undefined;
  const all: KeyView[] = [];
  for (let cursor: string | null = "0"; cursor !== null;) {
    const query: string = queryOf({ cursor, limit: "1000", state: values.state });
    const page = await sendAdmin(place, "GET", `${pathOf(pool)}${query}`) as KeyPage; // see importKeys
    if (forPeople) all.push(...page.keys);
    else io.stdout(keyText(page.keys, format, cursor === "0"));
    cursor = page.next;
  }
  if (forPeople) io.stdout(keyTable(all));
  return EXIT.ok;
}

async function deleteKeys(asked: Asked): Promise<number> {
  const which = selection(asked);
  if (which?.keys === undefined && asked.values.yes !== true) {
    throw new UsageError("deleting keys that are not named one by one wants --yes");
  }
  return await changed(asked, "POST", `${pathOf(asked.pool)}/delete`, { which: which ?? {} }, "Deleted");
}

function switchKeys(asked: Asked, enabled: boolean): Promise<number> {
  const body = { which: selection(asked) ?? {}, set: { enabled } };
  return changed(asked, "PATCH", pathOf(asked.pool), body, enabled ? "Enabled" : "Disabled");
}

async function changed(
  { place, values, io }: Asked,
  method: string,
  path: string,
  body: unknown,
  done: string,
): Promise<number> {
  const report = await sendAdmin(place, method, path, JSON.stringify(body)) as {
    readonly changed: number;
    readonly unknown: readonly string[];
  }; // see importKeys
  if (values.json === true || !io.isTerminal) io.stdout(`${JSON.stringify(report)}\n`);
  else io.stdout(`${done} ${report.changed} keys\n`);
  for (const key of report.unknown) io.stderr(`No key of the store has the fingerprint ${key}\n`);
  return report.unknown.length === 0 ? EXIT.ok : EXIT.unexpected;
}

/** The keys that are meant; undefined where nothing is said of that. */
function selection({ rest, values }: Pick<Asked, "rest" | "values">) {
  const { state, name, note, all } = values;
  const keys = rest.length === 0 ? undefined : rest;
  const isNothing = [keys, state, name, note, all].every((part) => part === undefined);
  return isNothing ? undefined : { keys, state, name, note, all };
}

function testWish({ pool, values }: Asked) {
  return {
    pool,
    model: values.model,
    concurrency: numberOf("--concurrency", values.concurrency),
    perSecond: numberOf("--rate", values.rate),
  };
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new UsageError(`${option} takes a number`);
  return value;
}

function pathOf(pool: string): string {
  return `/admin/pools/${encodeURIComponent(pool)}/keys`;
}

function queryOf(members: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? "" : `?${query}`;
}
