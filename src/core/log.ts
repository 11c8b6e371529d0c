/** How grave a line is, least first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether `level` is as grave as `least` or graver. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** What a line carries beside its text: plain values only; a `Secret` prints as its mask. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One line, as a sink receives it. */
export interface LogLine {
  /** Wall clock, milliseconds since 1970 UTC. */
  readonly timeMs: number;
  readonly level: LogLevel;
  /** Who speaks: `gateway`, `config`, `health`, `records`, `state`, `server`, `access`, `alerts`. */
  readonly channel: string;
  readonly text: string;
  readonly fields: LogFields;
}

/** Takes finished lines; must not throw and must not block. */
export type LogSink = (line: LogLine) => void;

/** A logger of one channel. */
export interface Log {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
  /** The same sinks under another channel name. */
  channel(name: string): Log;
}

/** Makes a {@link Log} that hands every line to `sink`; levels are the sink's business. */
export function makeLog(now: () => number, sink: LogSink, channel = "gateway"): Log {
  const speak = (level: LogLevel) => (text: string, fields: LogFields = {}) =>
    sink({ timeMs: now(), level, channel, text, fields });
  return {
    debug: speak("debug"),
    info: speak("info"),
    warn: speak("warn"),
    error: speak("error"),
    channel: (name) => makeLog(now, sink, name),
  };
}

/** A log that says nothing. */
export const silentLog: Log = makeLog(() => 0, () => {});
