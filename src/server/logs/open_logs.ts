import { join } from "node:path";
import type { LogsConfig } from "../../config/telemetry_config.ts";
import type { LogSink } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Redactor } from "../../recording/redact.ts";
import type { ByteTarget } from "./line_writer.ts";
import { logFiles } from "./log_files.ts";
import { lineStyle, logSink } from "./log_sink.ts";

/** What {@link openLogs} needs beside the config. */
export interface LogParts {
  readonly target: ByteTarget;
  readonly isTerminal: boolean;
  readonly env: (name: string) => string | undefined;
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly redactor: Redactor;
}

/** All places a log line goes to. */
export interface OpenLogs extends AsyncDisposable {
  readonly sink: LogSink;
}

/** Opens the sink for people and the named files of the config. Closing writes out what waits. */
export function openLogs(config: LogsConfig, parts: LogParts): OpenLogs {
  const redact = (text: string) => parts.redactor.text(text);
  const talk = logSink({
    target: parts.target,
    level: config.level,
    style: lineStyle(parts.isTerminal, parts.env("NO_COLOR")),
    redact,
  });
  const sayFault = (name: string, reason: string) =>
    talk.sink({
      timeMs: parts.runtime.now(),
      level: "error",
      channel: "server",
      text: `The log file '${name}' cannot be written; its lines are lost until it can`,
      fields: { reason },
    });
  const files = config.files.length === 0 ? undefined : logFiles({
    ...parts,
    directory: join(parts.dataDir, "logs"),
    files: config.files,
    redact,
    onFault: sayFault,
  });
  return {
    sink(line) {
      talk.sink(line);
      files?.sink(line);
    },
    async [Symbol.asyncDispose]() {
      await files?.close();
      await talk.flush();
    },
  };
}
