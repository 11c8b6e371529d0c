/** What a command sees of the world around it; handed in so that a test can read what a person would. */
export interface CliIo {
  /** Writes data, as it is. */
  stdout(text: string): void;
  /** Writes talk: what went wrong, what to do next. */
  stderr(text: string): void;
  /** Whether stdout is a terminal: then output is for people, else for programs. */
  readonly isTerminal: boolean;
  /** An environment variable; undefined when it is not set. */
  env(name: string): string | undefined;
}
