import type { LogFileConfig } from "../../config/telemetry_config.ts";
import { isAtLeast, type LogSink } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { lineText } from "./line_text.ts";
import { RotatingFile } from "./rotating_file.ts";

/** What {@link logFiles} needs. */
export interface LogFilesContext {
  /** Where the files live; made when it is missing. */
  readonly directory: string;
  readonly files: readonly LogFileConfig[];
  readonly runtime: Runtime;
  readonly observer: Observer;
  /** Takes known secrets out of a finished line: the text of a foreign error may hold one. */
  readonly redact: (text: string) => string;
  /** Told when a file cannot be written; must not log to the same files. */
  readonly onFault: (name: string, reason: string) => void;
}

/** Log files at work. */
export interface LogFiles {
  /** Writes each line to the files that want it, as JSON. */
  readonly sink: LogSink;
  /** Writes out what waits and closes the files. */
  close(): Promise<void>;
}

/** Opens the named log files of the config: each with its own channels, level, size, age, number and compression. */
export function logFiles(context: LogFilesContext): LogFiles {
  Deno.mkdirSync(context.directory, { recursive: true, mode: 0o700 });
  const files = context.files.map((config) => ({
    config,
    file: new RotatingFile({ ...config, ending: "log" }, context),
  }));
  return {
    sink(line) {
      let text: string | undefined;
      for (const { config: { level, channels }, file } of files) {
        if (!isAtLeast(line.level, level)) continue;
        if (channels !== undefined && !channels.includes(line.channel)) continue;
        text ??= context.redact(lineText(line, "json"));
        file.write(text);
      }
    },
    async close() {
      await Promise.all(files.map(({ file }) => file.close()));
    },
  };
}
