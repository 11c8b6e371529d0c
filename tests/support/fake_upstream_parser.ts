/** A header field as it stood on the wire: its name's own spelling, its value as one character a byte. */
export type WireField = readonly [name: string, value: string];

/** Takes requests out of the bytes of one connection. Knows just enough of HTTP/1.1 for a test's own clients. */
export class RequestParser {
  #bytes: Uint8Array = new Uint8Array(0);
  #headers: Record<string, string> = {};

  /** Adds bytes as they came. */
  push(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + chunk.length);
    joined.set(this.#bytes);
    joined.set(chunk, this.#bytes.length);
    this.#bytes = joined;
  }

  /** The next request's head, taken out once it is whole. */
  head():
    | { method: string; target: string; headers: Record<string, string>; fields: readonly WireField[] }
    | undefined {
    const text = new TextDecoder("latin1").decode(this.#bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...lines] = text.slice(0, end).split("\r\n");
    const [method = "", target = ""] = first.split(" ");
    const headers: Record<string, string> = {};
    const fields: WireField[] = [];
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      fields.push([line.slice(0, colon), value]);
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    this.#bytes = this.#bytes.slice(end + 4);
    this.#headers = headers;
    return { method, target, headers, fields };
  }

  /** The body that belongs to the last head, taken out once it is whole. */
  body(): Uint8Array | undefined {
    if (this.#headers["transfer-encoding"]?.includes("chunked")) return this.#chunked();
    const length = Number(this.#headers["content-length"] ?? 0);
    if (this.#bytes.length < length) return undefined;
    const body = this.#bytes.slice(0, length);
    this.#bytes = this.#bytes.slice(length);
    return body;
  }

  #chunked(): Uint8Array | undefined {
    const text = new TextDecoder("latin1").decode(this.#bytes);
    const parts: Uint8Array[] = [];
    for (let at = 0;;) {
      const lineEnd = text.indexOf("\r\n", at);
      if (lineEnd < 0) return undefined;
      const size = parseInt(text.slice(at, lineEnd), 16);
      const start = lineEnd + 2;
      if (this.#bytes.length < start + size + 2) return undefined;
      if (size === 0) {
        this.#bytes = this.#bytes.slice(start + 2);
        return concatenated(parts);
      }
      parts.push(this.#bytes.slice(start, start + size));
      at = start + size + 2;
    }
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
