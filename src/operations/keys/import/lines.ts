/** Longest line of an import, in characters: the longest key with all that may be said of it. */
export const MAX_LINE_LENGTH = 32 * 1024;

/** One line of an import. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; undefined: longer than {@link MAX_LINE_LENGTH}. */
  readonly text: string | undefined;
}

/** The lines of UTF-8 text as it comes, those of one chunk together; a byte order mark is left out. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder();
  let number = 0;
  let open = "";
  let isTooLong = false;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    for (const [at, part] of decoder.decode(chunk, { stream: true }).split("\n").entries()) {
      if (at > 0) {
        lines.push({ number: ++number, text: isTooLong ? undefined : open });
        open = "";
        isTooLong = false;
      }
      if (open.length + part.length > MAX_LINE_LENGTH) {
        open = "";
        isTooLong = true;
      } else if (!isTooLong) open += part;
    }
    yield lines;
  }
  open += decoder.decode();
  if (open !== "" || isTooLong) yield [{ number: ++number, text: isTooLong ? undefined : open }];
}
