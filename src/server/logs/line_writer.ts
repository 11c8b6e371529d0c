/** Where lines end up: stderr, or an array in a test. */
export interface ByteTarget {
  /** Writes some or all of the bytes and tells how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Takes lines without making anybody wait. */
export interface LineWriter {
  /** Queues one line; its line feed is added. */
  write(line: string): void;
  /** Resolves when all that was queued so far is written or lost. */
  flush(): Promise<void>;
  /** Lines that were lost because the target did not take them in time. */
  readonly dropped: number;
}

/** Most characters that wait for a slow target; a stalled reader of our stderr must not stop or swell the gateway. */
const MAX_QUEUED_CHARS = 4 * 1024 * 1024;

const encoder = new TextEncoder();

/** Makes a {@link LineWriter} over `target`; many waiting lines go out in one write. A failing target loses lines, never throws. */
export function lineWriter(target: ByteTarget): LineWriter {
  let queue: string[] = [];
  let queuedChars = 0;
  let dropped = 0;
  let pump: Promise<void> | undefined;

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const written = await target.write(bytes.subarray(at));
      if (written <= 0) throw new Error("The target takes no bytes");
      at += written;
    }
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const lines = queue;
      queue = [];
      queuedChars = 0;
      await writeAll(encoder.encode(lines.join(""))).catch(() => dropped += lines.length);
    }
    pump = undefined;
  }

  return {
    write(line) {
      if (queuedChars + line.length > MAX_QUEUED_CHARS) {
        dropped++;
        return;
      }
      queue.push(line + "\n");
      queuedChars += line.length + 1;
      pump ??= drain();
    },
    async flush() {
      while (pump !== undefined) await pump;
    },
    get dropped() {
      return dropped;
    },
  };
}
