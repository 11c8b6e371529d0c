/** Clock ticks a second in `/proc/PID/stat`: `USER_HZ`, which is 100 on every Linux that Deno runs on (`man 5 proc`). */
const TICKS_PER_SECOND = 100;

/** Bytes of one page in `/proc/PID/statm` on x86-64 and on most arm64 kernels. */
const PAGE_BYTES = 4096;

/** CPU time that the kernel has charged to the processes so far, user and system, all threads, in microseconds. */
export function cpuMicros(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (cpuTicks(pid) / TICKS_PER_SECOND) * 1e6, 0);
}

/** Resident memory of the processes together, in bytes. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const pages = Number(readProc(`/proc/${pid}/statm`).split(" ")[1] ?? 0);
    return sum + pages * PAGE_BYTES;
  }, 0);
}

/** The process and everything it started that still runs, parents first. */
export function familyOf(pid: number): number[] {
  const children = readProc(`/proc/${pid}/task/${pid}/children`).trim();
  if (children === "") return [pid];
  return [pid, ...children.split(" ").flatMap((child) => familyOf(Number(child)))];
}

/** Fields 14 and 15 of `stat`, counted behind the name, which may hold blanks and brackets. */
function cpuTicks(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** Empty for a process that has ended. */
function readProc(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    // Reading of a process that ends meanwhile.
    if (error instanceof Error && error.message.includes("os error 3")) return "";
    throw error;
  }
}
