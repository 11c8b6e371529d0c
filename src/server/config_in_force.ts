import type { Config } from "../config/config.ts";
import { diffConfigs } from "../config/diff.ts";
import { ConfigFileError, type LoadedFiles } from "../config/files.ts";
import { ConfigError, problemLine } from "../config/problem.ts";
import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Runtime } from "../core/runtime.ts";
import { inSlices, type Rests, type Steps } from "../core/time/steps.ts";

/** Why the newest text is not in force. */
export interface ReloadFault {
  /** Wall clock when it was refused. */
  readonly timeMs: number;
  /** Each problem as `file:line:column  path: message`; never a value of the config. */
  readonly problems: readonly string[];
}

/** Members that take effect only when the process starts. */
const START_MEMBERS = ["listen", "admin", "state", "logs", "records", "metrics"] as const;

/** What {@link ConfigInForce} needs. */
export interface ConfigInForceParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** Hears of configurations that are refused. */
  readonly notices: Notices;
  /** Builds and swaps the generation; throws `RangeError` when the config cannot be built, changing nothing. */
  readonly apply: (config: Config) => Promise<void>;
  /** Makes what says when loading must give way. */
  readonly rests: () => Rests;
}

/** Which configuration serves, and what became of the last attempt to change it: a bad one changes nothing. */
export class ConfigInForce {
  readonly #parts: ConfigInForceParts;
  readonly #log: Log;
  #loaded: LoadedFiles;
  #files: ReadonlyMap<string, string>;
  #fault: ReloadFault | undefined;

  constructor(loaded: LoadedFiles, parts: ConfigInForceParts) {
    this.#loaded = loaded;
    this.#files = loaded.files;
    this.#parts = parts;
    this.#log = parts.log.channel("config");
  }

  /** The configuration that serves. */
  get config(): Config {
    return this.#loaded.config;
  }

  /** It, with its text and what was noticed when it was loaded. */
  get loaded(): LoadedFiles {
    return this.#loaded;
  }

  /** Secrets that are named and not there. */
  get missing(): LoadedFiles["missing"] {
    return this.#loaded.missing;
  }

  /** Digests of the files that were read last, also where they were refused: mending any of them must be seen. */
  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  /** Why the newest text is not in force; undefined when it is. */
  get fault(): ReloadFault | undefined {
    return this.#fault;
  }

  /** Says what a loaded configuration leaves to be desired. */
  tellShortcomings(): void {
    for (const { path, line, message } of this.#loaded.warnings) this.#log.warn(message, { path, line });
    for (const missing of this.#loaded.missing) {
      this.#log.warn("A secret is missing: what depends on it is switched off", { ...missing });
    }
  }

  /** Loads anew and puts it in force. What fails is told in the log and kept as {@link fault}; never rejects. */
  async reload(load: () => Steps<LoadedFiles>): Promise<void> {
    try {
      const loaded = await inSlices(load(), this.#parts.rests());
      this.#files = loaded.files;
      await this.#parts.apply(loaded.config);
      this.#tellChange(loaded.config);
      this.#loaded = loaded;
      this.#fault = undefined;
      this.#parts.observer.count("config_reloads", { result: "applied" });
      this.tellShortcomings();
    } catch (error) {
      const isOfFiles = error instanceof ConfigError || error instanceof ConfigFileError;
      if (isOfFiles && error.files.size > 0) this.#files = error.files;
      this.lost(problemsOf(error));
    }
  }

  /** The configuration could not be read; what is in force stays. */
  lost(problems: readonly string[]): void {
    this.#fault = { timeMs: this.#parts.runtime.now(), problems };
    this.#parts.observer.count("config_reloads", { result: "refused" });
    for (const problem of problems) {
      this.#log.error("The changed configuration was refused; the one before stays in force", { problem });
    }
    this.#parts.notices.tell({ kind: "config_refused", problems });
  }

  #tellChange(after: Config): void {
    const changes = diffConfigs(this.config, after);
    this.#log.info("Configuration reloaded", { changes });
    const waiting = START_MEMBERS.filter((member) =>
      startPart(this.config, member) !== startPart(after, member)
    );
    if (waiting.length > 0) {
      this.#log.warn("Some changes take effect at the next start", { members: waiting });
    }
  }
}

/** The part of a member that only a start can bring into force, as text to compare. */
function startPart(config: Config, member: (typeof START_MEMBERS)[number]): string {
  if (member === "metrics") return JSON.stringify(config.metrics.listen);
  if (member !== "records") return JSON.stringify(config[member]);
  // How much is recorded is decided for each request; where it goes and for how long, once.
  const { bodies: _, ...rest } = config.records;
  return JSON.stringify(rest);
}

/** What to tell of an error met while loading: every problem of a config, one line of anything else. */
export function problemsOf(error: unknown): string[] {
  if (error instanceof ConfigError) return error.problems.map((problem) => problemLine(error.file, problem));
  if (error instanceof ConfigFileError || error instanceof RangeError) return [error.message];
  return ["The configuration could not be put in force by a fault of the gateway"];
}
