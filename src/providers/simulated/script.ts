/** How one simulated vendor behaves. */
export interface SimulatedScript {
  /** What it calls itself in its answers. */
  readonly name: string;
  /** Wait before the first byte of an answer, in milliseconds. */
  readonly latencyMs: number;
  /** Most that is added to {@link latencyMs} by chance, in milliseconds. */
  readonly jitterMs: number;
  /** Pace of the answer's tokens; undefined: as fast as they are taken. */
  readonly tokensPerSecond: number | undefined;
  /** Share of requests that fail with {@link failStatus}, 0 to 1. */
  readonly errorRate: number;
  /** Status of those failures. */
  readonly failStatus: number;
  /** Share of answers whose connection is cut in the middle, 0 to 1. */
  readonly cut: number;
  /** Requests a minute for each credential; undefined: no limit and no limit headers. */
  readonly rateLimit: number | undefined;
  /** Makes chance repeatable; undefined: chance is the runtime's. */
  readonly seed: number | undefined;
}

/** Longest latency and jitter a script may ask for: ten minutes, as long as any client waits. */
const MAX_WAIT_MS = 600_000;

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const NUMBER = /^\d{1,9}(?:\.\d{1,6})?$/;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Reads one option's text; throws `RangeError` that says what it must be. */
type ReadOption = (text: string) => number;

const OPTIONS: Readonly<Record<string, ReadOption>> = {
  latency: duration,
  jitter: duration,
  tokensPerSecond: numberBetween(0.1, 100_000),
  errorRate: numberBetween(0, 1),
  failStatus: integerBetween(400, 599),
  cut: numberBetween(0, 1),
  rateLimit: integerBetween(1, 1_000_000),
  seed: integerBetween(0, 999_999_999),
};

/** Names of the options that `parseSimulatedUrl` knows. */
export const SIMULATED_OPTIONS: readonly string[] = Object.keys(OPTIONS);

/**
 * Reads `simulated://name?latency=20ms&jitter=5ms&tokensPerSecond=80&errorRate=0.1&failStatus=503&cut=0.05&rateLimit=60&seed=7`.
 * Every option may be left out: no wait, no limit, no failure. `failStatus` without `errorRate` fails every
 * request; `errorRate` without `failStatus` fails with 500. Throws one `RangeError` naming all that is wrong.
 */
export function parseSimulatedUrl(url: string): SimulatedScript {
  const shape = /^simulated:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/.exec(url);
  if (shape === null) {
    throw new RangeError(`Cannot use '${url}': write simulated://name?option=value&option=value`);
  }
  const name = shape[1] ?? "";
  const wrong: string[] = [];
  if (!NAME.test(name)) {
    wrong.push(
      `the name '${name}' must be 1 to 63 characters of a-z, 0-9, '_' and '-', beginning with neither sign`,
    );
  }
  const given = new Map<string, number>();
  for (const part of (shape[2] ?? "").split("&").filter((part) => part !== "")) {
    const equals = part.indexOf("=");
    const option = equals < 0 ? part : part.slice(0, equals);
    const read = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
    if (read === undefined) {
      wrong.push(`unknown option '${option}': known are ${SIMULATED_OPTIONS.join(", ")}`);
    } else if (given.has(option)) wrong.push(`${option} is given twice`);
    else {
      try {
        given.set(option, read(equals < 0 ? "" : part.slice(equals + 1)));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        wrong.push(`${option} ${error.message}`);
      }
    }
  }
  if (wrong.length > 0) throw new RangeError(`Cannot use '${url}': ${wrong.join("; ")}`);
  return {
    name,
    latencyMs: given.get("latency") ?? 0,
    jitterMs: given.get("jitter") ?? 0,
    tokensPerSecond: given.get("tokensPerSecond"),
    errorRate: given.get("errorRate") ?? (given.has("failStatus") ? 1 : 0),
    failStatus: given.get("failStatus") ?? 500,
    cut: given.get("cut") ?? 0,
    rateLimit: given.get("rateLimit"),
    seed: given.get("seed"),
  };
}

function duration(text: string): number {
  const parts = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m)$/.exec(text);
  const waitMs = parts === null ? NaN : Number(parts[1]) * (UNITS_MS[parts[2] ?? ""] ?? NaN);
  if (!(waitMs <= MAX_WAIT_MS)) {
    throw new RangeError(`must be a duration of at most 10m, such as 20ms or 1.5s, not '${text}'`);
  }
  return waitMs;
}

function numberBetween(min: number, max: number): ReadOption {
  return (text) => {
    const value = NUMBER.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new RangeError(`must be a number from ${min} to ${max}, not '${text}'`);
    }
    return value;
  };
}

function integerBetween(min: number, max: number): ReadOption {
  return (text) => {
    const value = NUMBER.test(text) ? Number(text) : NaN;
    if (!(Number.isInteger(value) && value >= min && value <= max)) {
      throw new RangeError(`must be a whole number from ${min} to ${max}, not '${text}'`);
    }
    return value;
  };
}
