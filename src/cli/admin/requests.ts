import type { CliIo } from "../cli_io.ts";
import { type AdminArguments, type AdminCommand, type AdminOrder, runAdminCommand } from "./admin_command.ts";
import { PLACE_USAGE, UsageError } from "./with_gateway.ts";
import { answerTable, cell, clock, listAt, memberAt } from "./answer_table.ts";

const COMMAND: AdminCommand = {
  name: "requests",
  usage: `Usage:
  tidegate requests list [--tenant T] [--model M] [--endpoint ID] [--limit N]   requests under way, oldest first
  tidegate requests cancel ID                                                   ends one; its client is told

${PLACE_USAGE}`,
  options: ["tenant", "model", "endpoint", "limit"],
  order,
};

/** The command `tidegate requests`. */
export function requests(args: readonly string[], io: CliIo): Promise<number> {
  return runAdminCommand(COMMAND, args, io);
}

function order({ words, flags }: AdminArguments): AdminOrder {
  const [name, id, ...rest] = words;
  if (name === "cancel" && id !== undefined && rest.length === 0) {
    return {
      path: `/admin/requests/${encodeURIComponent(id)}/cancel`,
      body: {},
      render: () => `Request ${id} is ended.\n`,
    };
  }
  if (name !== "list" || id !== undefined) throw new UsageError("say list or cancel ID");
  const { tenant, model, endpoint, limit } = flags;
  const wanted = Object.entries({ tenant, model, endpoint, limit });
  const query = new URLSearchParams(
    wanted.flatMap(([key, value]) => value === undefined ? [] : [[key, value]]),
  );
  return { path: `/admin/requests?${query}`, render };
}

function render(answer: unknown): string {
  const list = listAt(answer, "requests");
  if (list.length === 0) return "No requests are under way.\n";
  const rows = list.map((request) => [
    cell(memberAt(request, "id")),
    clock(memberAt(request, "ageMs")),
    ...["phase", "tenant", "model", "pool", "endpoint", "answerBytes"].map((path) =>
      cell(memberAt(request, path))
    ),
  ]);
  const table = answerTable(["id", "age", "phase", "tenant", "model", "pool", "endpoint", "bytes"], rows);
  const more = Number(memberAt(answer, "matching") ?? 0) - list.length;
  return more > 0 ? `${table}and ${more} more\n` : table;
}
