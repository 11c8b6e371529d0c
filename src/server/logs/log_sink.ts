import { isAtLeast, type LogLevel, type LogSink } from "../../core/log.ts";
import { type LineStyle, lineText } from "./line_text.ts";
import { type ByteTarget, lineWriter } from "./line_writer.ts";

/** A sink for stderr, or what stands for it. */
export interface TextSink {
  readonly sink: LogSink;
  /** Resolves when all lines so far are written or lost. */
  flush(): Promise<void>;
  /** Lines that the target did not take in time. */
  readonly dropped: number;
}

/** What {@link logSink} needs. */
export interface LogSinkContext {
  readonly target: ByteTarget;
  /** Least level that is written. */
  readonly level: LogLevel;
  readonly style: LineStyle;
  /** Takes known secrets out of a finished line: the text of a foreign error may hold one. */
  readonly redact: (text: string) => string;
}

/** Makes the sink that talks to people; nobody waits for its target. */
export function logSink({ target, level, style, redact }: LogSinkContext): TextSink {
  const writer = lineWriter(target);
  return {
    sink(line) {
      if (isAtLeast(line.level, level)) writer.write(redact(lineText(line, style)));
    },
    flush: () => writer.flush(),
    get dropped() {
      return writer.dropped;
    },
  };
}

/** The style for a stream: readable where a person looks on (coloured unless `NO_COLOR` is set), JSON lines otherwise. */
export function lineStyle(isTerminal: boolean, noColor: string | undefined): LineStyle {
  if (!isTerminal) return "json";
  return noColor === undefined || noColor === "" ? "coloured" : "plain";
}
