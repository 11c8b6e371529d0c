import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import type { Notices } from "../../core/notices.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { type AlertFile, Alerts } from "../../operations/alerts/alerts.ts";
import type { Redactor } from "../../recording/redact.ts";
import type { CallStarter } from "../../upstream/call.ts";
import { RotatingFile } from "../logs/rotating_file.ts";

/** Bounds of `logs/alerts.jsonl` and its predecessors. */
const FILE = {
  name: "alerts",
  ending: "jsonl",
  maxSizeBytes: 10 * 1024 * 1024,
  maxAgeMs: 90 * 86_400_000,
  maxFiles: 10,
  compress: false,
} as const;

/** What {@link openAlerts} needs. */
export interface OpenAlertsParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  readonly notices: Notices;
  readonly caller: CallStarter;
  readonly redactor: Redactor;
  readonly dataDir: string;
}

/** Alerts that hear all notices until they are disposed; silent until they get a config. */
export function openAlerts(parts: OpenAlertsParts): Alerts {
  const alerts = new Alerts({
    ...parts,
    openFile: () => openAlertFile(parts),
    redact: (text) => parts.redactor.text(text),
  });
  parts.notices.subscribe(alerts.take);
  return alerts;
}

/** A file that cannot be opened loses its lines, which the log has as well. */
function openAlertFile({ runtime, log, observer, dataDir }: OpenAlertsParts): AlertFile {
  const directory = join(dataDir, "logs");
  const onFault = (_name: string, reason: string) =>
    log.channel("alerts").error(
      "The alert file cannot be written; alerts are in the log alone until it can",
      {
        reason,
      },
    );
  try {
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    onFault(FILE.name, error instanceof Error ? error.name : "unknown");
    return { write() {}, close: () => Promise.resolve() };
  }
  return new RotatingFile(FILE, { directory, runtime, observer, onFault });
}
