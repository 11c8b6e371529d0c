import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { type AdminCommand, runAdminCommand } from "./admin_command.ts";
import { PLACE_USAGE } from "./with_gateway.ts";
import { cell, listAt, memberAt } from "./answer_table.ts";

const COMMAND: AdminCommand = {
  name: "reload",
  usage: `Usage: tidegate reload [--json] [--url URL] [--data-dir DIR]

Makes the running gateway read its config again and tells what changed. A bad config changes nothing: exit 78.

${PLACE_USAGE}`,
  options: [],
  order: () => ({
    path: "/admin/reload",
    body: {},
    render,
    exit: (answer) => memberAt(answer, "applied") === true ? EXIT.ok : EXIT.configInvalid,
  }),
};

/** The command `tidegate reload`. */
export function reload(args: readonly string[], io: CliIo): Promise<number> {
  return runAdminCommand(COMMAND, args, io);
}

function render(answer: unknown): string {
  const generation = cell(memberAt(answer, "generation"));
  if (memberAt(answer, "applied") !== true) {
    const problems = listAt(answer, "problems").map((problem) => `  ${String(problem)}\n`);
    return `Refused; config ${generation} stays in force:\n${problems.join("")}`;
  }
  const changes = listAt(answer, "changes").map((change) => `  ${String(change)}\n`);
  return `Config ${generation} is in force; ${
    changes.length === 0 ? "nothing changed\n" : `changed:\n${changes.join("")}`
  }`;
}
