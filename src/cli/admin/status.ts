import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { type AdminCommand, runAdminCommand } from "./admin_command.ts";
import { PLACE_USAGE } from "./with_gateway.ts";
import { cell, clock, listAt, memberAt } from "./answer_table.ts";

const MB = 1024 * 1024;

const COMMAND: AdminCommand = {
  name: "status",
  usage: `Usage: tidegate status [--json] [--url URL] [--data-dir DIR]

How the running gateway stands. Exits 3 when it is not ready for traffic.

${PLACE_USAGE}`,
  options: [],
  order: () => ({
    path: "/admin/status",
    render,
    exit: (answer) => memberAt(answer, "ready") === true ? EXIT.ok : EXIT.testFailed,
  }),
};

/** The command `tidegate status`. */
export function status(args: readonly string[], io: CliIo): Promise<number> {
  return runAdminCommand(COMMAND, args, io);
}

function render(answer: unknown): string {
  const of = (path: string) => cell(memberAt(answer, path));
  const megabytes = (path: string) => Math.round(Number(memberAt(answer, path) ?? 0) / MB);
  const problems = listAt(answer, "readiness.config.problems").map(String);
  const missing = listAt(answer, "readiness.missingSecrets").length;
  const lines = [
    `${memberAt(answer, "ready") === true ? "Ready" : "NOT READY"}  tidegate ${of("version")}, up ${
      clock(memberAt(answer, "uptimeMs"))
    }, config ${of("readiness.generation")}`,
    `Requests under way  ${of("inFlight")}`,
    `Endpoints           ${of("readiness.endpoints")} in ${listAt(answer, "readiness.pools").length} pools`,
    `State               ${of("readiness.state")}, ${of("stateWaiting")} changes not written yet`,
    `Records             ${
      memberAt(answer, "records.enabled") === true ? `${of("records.waiting")} not written yet` : "off"
    }`,
    `Memory              ${megabytes("memory.rssBytes")} MB, heap ${megabytes("memory.heapUsedBytes")} MB`,
    `Event loop          ${of("eventLoop.lagMs")} ms behind, at worst ${of("eventLoop.worstLagMs")} ms`,
    ...(missing > 0 ? [`Missing secrets     ${missing}; what depends on them is off`] : []),
    ...problems.map((problem) => `Config refused      ${problem}`),
  ];
  return `${lines.join("\n")}\n`;
}
