import type { CliIo } from "../cli_io.ts";
import { type AdminArguments, type AdminCommand, type AdminOrder, runAdminCommand } from "./admin_command.ts";
import { PLACE_USAGE, UsageError } from "./with_gateway.ts";
import { answerTable, cell, clock, listAt, memberAt } from "./answer_table.ts";

/** What is typed, and what the admin API calls it. */
const ACTIONS: Readonly<Record<string, string>> = {
  disable: "disable",
  enable: "enable",
  restore: "restore",
  clear: "clear_cooldown",
  note: "note",
};

const FILTERS = ["pool", "upstream", "state", "key", "model"] as const;

const COMMAND: AdminCommand = {
  name: "endpoints",
  usage: `Usage:
  tidegate endpoints list [FILTER] [--limit N] [--cursor C]         endpoints with state, reason and time to recovery
  tidegate endpoints disable  ID… | FILTER [--scope S] [--note N]   no new requests until they are enabled
  tidegate endpoints enable   ID… | FILTER [--scope S]
  tidegate endpoints restore  ID… | FILTER [--scope S]              forgets all that was learnt against them
  tidegate endpoints clear    ID… | FILTER [--scope S]              forgets only what upstreams told us to wait
  tidegate endpoints note     ID… | FILTER --note TEXT              notes something; an empty text takes it off

FILTER is one or more of --pool P, --upstream U, --key NAME, --model M and --state usable|unused|disabled|invalid|
cooldown|ejected|no_headroom|probation. --scope endpoint|key|upstream says what is acted on: a key's or an upstream's other
endpoints are meant as well then.

${PLACE_USAGE}`,
  options: [...FILTERS, "limit", "cursor", "scope", "note"],
  order,
};

/** The command `tidegate endpoints`. */
export function endpoints(args: readonly string[], io: CliIo): Promise<number> {
  return runAdminCommand(COMMAND, args, io);
}

function order({ words, flags }: AdminArguments): AdminOrder {
  const [name = "", ...ids] = words;
  const filter: Record<string, string> = {};
  for (const member of FILTERS) {
    const value = flags[member];
    if (value !== undefined) filter[member] = value;
  }
  const { limit, cursor, scope, note } = flags;
  if (name === "list") {
    if (ids.length > 0) throw new UsageError("endpoints list takes no ids");
    const query = new URLSearchParams(filter);
    if (limit !== undefined) query.set("limit", limit);
    if (cursor !== undefined) query.set("cursor", cursor);
    return { path: `/admin/endpoints?${query}`, render: renderList };
  }
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw new UsageError("say list, disable, enable, restore, clear or note");
  const hasFilter = Object.keys(filter).length > 0;
  if (hasFilter === ids.length > 0) throw new UsageError("name endpoints by their ids, or by a filter");
  if (action === "note" && note === undefined) throw new UsageError("say what to note with --note");
  const meant = hasFilter ? { filter } : { ids };
  return { path: "/admin/endpoints/actions", body: { action, ...meant, scope, note }, render: renderAction };
}

function renderList(answer: unknown): string {
  const list = listAt(answer, "endpoints");
  if (list.length === 0) return "No endpoint is meant by that.\n";
  const rows = list.map((endpoint) => {
    const at = (path: string) => cell(memberAt(endpoint, path));
    return [
      ...[at("id"), at("pool"), at("upstream"), at("key.name"), at("state"), at("reason")],
      memberAt(endpoint, "state") === "usable" ? "–" : clock(memberAt(endpoint, "recoversInMs")),
      ...[at("inFlight"), at("perMinute.current.requests"), at("note.text")],
    ];
  });
  const heads = [
    "id",
    "pool",
    "upstream",
    "key",
    "state",
    "reason",
    "back in",
    "in flight",
    "per minute",
    "note",
  ];
  const next = memberAt(answer, "nextCursor");
  const tail = typeof next === "string"
    ? `${list.length} of ${cell(memberAt(answer, "matching"))}; go on with --cursor ${next}\n`
    : "";
  return answerTable(heads, rows) + tail;
}

function renderAction(answer: unknown): string {
  const unknown = listAt(answer, "unknown").map(String);
  const counts = `${cell(memberAt(answer, "matched"))} endpoints were meant, ${
    cell(memberAt(answer, "changed"))
  } changes made.\n`;
  return unknown.length === 0 ? counts : `${counts}No endpoint has the id ${unknown.join(", ")}.\n`;
}
