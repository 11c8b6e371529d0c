/** The machine that the figures are of. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  /** Processes that waited for a core or had one before the run, by the minute: the figures are of a quiet machine or not. */
  readonly loadBefore: number;
}

/** Reads what the kernel says of the machine. */
export function readMachine(): Machine {
  return {
    cpu: /model name\s*: (.*)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryGigabytes: Math.round(Deno.systemMemoryInfo().total / 1024 ** 3),
    kernel: `Linux ${Deno.osRelease()}`,
    loadBefore: Deno.loadavg()[0] ?? NaN,
  };
}
