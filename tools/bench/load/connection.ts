import { AnswerReader, type BodyListener } from "./answer_reader.ts";

/** What is read at once. Streams' chunks are far shorter. */
const READ_BYTES = 16 * 1024;

/** Characters of a refusal that are told. */
const MAX_TOLD = 500;

const decoder = new TextDecoder();

/** A keep-alive connection on which one request is under way at a time. */
export class Connection {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #reader: AnswerReader;
  #data: BodyListener | undefined;
  #refusal = "";

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.#reader = new AnswerReader((bytes, from, to) => {
      if (this.#reader.status === 200) this.#data?.(bytes, from, to);
      else this.#refusal += decoder.decode(bytes.subarray(from, to));
    });
  }

  static async open(port: number): Promise<Connection> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay();
    return new Connection(conn);
  }

  /**
   * Sends a request and reads its answer to the end; `data` is told the body as it comes. Rejects when the status is
   * not 200, once the answer is complete, and when it does not become complete.
   */
  async ask(request: Uint8Array, data?: BodyListener): Promise<void> {
    this.#data = data;
    this.#refusal = "";
    for (let at = 0; at < request.length;) {
      at += await this.#conn.write(at === 0 ? request : request.subarray(at));
    }
    for (;;) {
      const count = await this.#conn.read(this.#buffer);
      if (count === null) throw new Error("the connection ended before the answer did");
      if (!this.#reader.push(this.#buffer, count)) continue;
      if (this.#reader.status === 200) return;
      throw new Error(`status ${this.#reader.status}: ${this.#refusal.slice(0, MAX_TOLD)}`);
    }
  }

  close(): void {
    try {
      this.#conn.close();
    } catch { /* closed already */ }
  }
}
