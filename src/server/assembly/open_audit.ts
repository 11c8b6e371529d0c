import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Redactor } from "../../recording/redact.ts";
import { AuditLog } from "../admin/audit/audit_log.ts";
import { RotatingFile } from "../logs/rotating_file.ts";

/** Bounds of `logs/audit.jsonl` and its predecessors; `read_audit.ts` may have to read them all. */
const FILE = {
  name: "audit",
  ending: "jsonl",
  maxSizeBytes: 2 * 1024 * 1024,
  maxAgeMs: 400 * 86_400_000,
  maxFiles: 10,
  compress: false,
} as const;

/** The audit at work. Disposing writes out what waits. */
export interface OpenAudit extends AsyncDisposable {
  readonly audit: AuditLog;
  /** Where its files lie. */
  readonly logDirectory: string;
}

/** Opens the audit; its file is begun with the first entry, and one that cannot be written is told in the log. */
export function openAudit(
  parts: { runtime: Runtime; log: Log; observer: Observer; redactor: Redactor; dataDir: string },
): OpenAudit {
  const directory = join(parts.dataDir, "logs");
  const onFault = (_name: string, reason: string) =>
    parts.log.channel("server").error("The audit file cannot be written; its entries are lost until it can", {
      reason,
    });
  let file: RotatingFile | undefined;
  const write = (line: string) => {
    try {
      if (file === undefined) Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
      file ??= new RotatingFile(FILE, { ...parts, directory, onFault });
      file.write(line);
    } catch (error) {
      onFault(FILE.name, error instanceof Error ? error.name : "unknown");
    }
  };
  return {
    audit: new AuditLog({ ...parts, write }),
    logDirectory: directory,
    [Symbol.asyncDispose]: () => file?.close() ?? Promise.resolve(),
  };
}
