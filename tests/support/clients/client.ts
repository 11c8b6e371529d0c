import type { Scenario } from "../vendors/scenario.ts";

/** Where a client talks to. */
export interface ClientTarget {
  /** `http://HOST:PORT`, without any version. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
}

/** One turn that the application asks for. */
export interface Ask {
  readonly scenario: Scenario;
  readonly prompt: string;
  readonly stream: boolean;
  readonly withTools: boolean;
  readonly withImages: boolean;
  readonly withSchema: boolean;
  readonly withThinking: boolean;
  /** Sets what only some vendors can carry. */
  readonly withSampling: boolean;
  /** Leaves the stream at its first text. */
  readonly leaves: boolean;
  /** Ends a call that hangs. */
  readonly signal: AbortSignal;
}

/** A call as the application got it. */
export interface HeardCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** Token counts, brought from the SDK's own fields to totals that include their parts. */
export interface HeardUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What the application saw of one turn; filled while it is heard, so that a cut leaves what came before. */
export interface Heard {
  text: string;
  reasoning: string;
  calls: HeardCall[];
  usage: HeardUsage | undefined;
  /** `stop`, `tool_calls`, or the SDK's own word for anything else; undefined: none came. */
  finish: string | undefined;
  textPieces: number;
  argumentPieces: number;
  /** The answer's `x-tidegate-dropped`. */
  dropped: string | undefined;
  error: HeardError | undefined;
}

/** What the SDK threw. */
export interface HeardError {
  readonly name: string;
  readonly status: number | undefined;
  readonly message: string;
}

/** One conversation of an application through its SDK. */
export interface Conversation {
  /** Asks; throws what the SDK throws. */
  ask(ask: Ask, heard: Heard): Promise<void>;
  /** Gives back the results of the calls heard last, in their order, and asks on. */
  answer(results: readonly string[], ask: Ask, heard: Heard): Promise<void>;
}

/** An official SDK under test. */
export interface Client {
  /** Column of the matrix. */
  readonly name: string;
  /** Type of the format it speaks. */
  readonly format: string;
  open(target: ClientTarget): Conversation;
}

/** Nothing heard yet. */
export function nothingHeard(): Heard {
  return {
    text: "",
    reasoning: "",
    calls: [],
    usage: undefined,
    finish: undefined,
    textPieces: 0,
    argumentPieces: 0,
    dropped: undefined,
    error: undefined,
  };
}

/** A `fetch` that notes what the gateway says it dropped. */
export function notingFetch(current: () => Heard): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    current().dropped = response.headers.get("x-tidegate-dropped") ?? undefined;
    return response;
  };
}

/** Notes a piece of streamed text. */
export function hearText(heard: Heard, piece: string): void {
  if (piece === "") return;
  heard.text += piece;
  heard.textPieces++;
}
