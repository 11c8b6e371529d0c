const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A TCP connection that says exactly what it is told to, right or wrong. */
export interface RawClient {
  /** Sends text as it stands; false when the peer has closed. */
  send(text: string | Uint8Array): Promise<boolean>;
  /** Everything received so far. */
  readonly received: string;
  /** Resolves to how the peer ended: `closed` or `reset`. */
  readonly ended: Promise<"closed" | "reset">;
  /** True once the peer has ended. */
  readonly isEnded: boolean;
  /** Sends a FIN and goes on reading. */
  finish(): Promise<void>;
  /** Closes for good; with unread bytes this resets the connection. */
  close(): void;
}

/** Connects to 127.0.0.1; reads on by itself unless `isReading` is false. */
export async function rawClient(port: number, options: { isReading?: boolean } = {}): Promise<RawClient> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let received = "";
  let isEnded = false;
  let isClosed = false;
  const read = async (): Promise<"closed" | "reset"> => {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) return "closed";
        received += decoder.decode(buffer.subarray(0, count), { stream: true });
      }
    } catch (error) {
      return error instanceof Deno.errors.ConnectionReset ? "reset" : "closed";
    } finally {
      isEnded = true;
    }
  };
  const ended = options.isReading === false ? Promise.resolve("closed" as const) : read();
  return {
    async send(text) {
      const bytes = typeof text === "string" ? encoder.encode(text) : text;
      try {
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        return true;
      } catch {
        return false;
      }
    },
    get received() {
      return received;
    },
    ended,
    get isEnded() {
      return isEnded;
    },
    finish: () => connection.closeWrite(),
    close() {
      if (isClosed) return;
      isClosed = true;
      connection.close();
    },
  };
}

/** Status of the first answer in what was received; 0 when there is none. */
export function statusOf(received: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1] ?? 0);
}
