import type { HourFile } from "../files/hour_files.ts";
import { fileLines } from "./file_lines.ts";
import { linesBackward } from "./lines_backward.ts";
import { readableFiles } from "./readable_files.ts";
import { type RecordSummary, recordSummary } from "./record_summary.ts";

/** Most bytes of lines that one call looks at; past it a page ends early and its cursor goes on from there. */
const MAX_LOOKED_BYTES = 64 * 1024 * 1024;

/** Longest line that is listed, in bytes; a longer one is found by its id alone. */
const MAX_LISTED_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Most bytes of one compressed file that a call goes through. It can only be read from its beginning, so what lies
 * behind is left out and the page says so.
 */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;

/** Which records are meant: all that every given member holds for. */
export interface RecordFilter {
  readonly tenant?: string | undefined;
  /** As the client asked for it, or as it was served. */
  readonly model?: string | undefined;
  readonly outcome?: string | undefined;
  readonly status?: number | undefined;
}

/** A page of records, the newest first. */
export interface RecordPage {
  readonly records: readonly RecordSummary[];
  /** Where the next page begins; undefined: there is none. A page may be short and still have a next one. */
  readonly nextCursor: string | undefined;
  /** Names of files that could not be read to their end. */
  readonly unread: readonly string[];
}

/** A place in a records folder: before the byte of a plain file, or the line of a compressed one. */
interface Place {
  readonly hour: string;
  readonly part: number;
  readonly kind: HourFile["kind"];
  readonly before: number;
}

/**
 * Lists records by the time at which they ended. `hour` (`YYYYMMDD_HH`) keeps to one hour. Bounded: a call looks at
 * a few megabytes whatever the folder holds. Throws `RangeError` for a cursor that is none, or whose file was
 * compressed meanwhile.
 */
export async function listRecords(
  folder: string,
  wanted: {
    readonly hour: string | undefined;
    readonly cursor: string | undefined;
    readonly filter: RecordFilter;
    readonly limit: number;
  },
): Promise<RecordPage> {
  const from = wanted.cursor === undefined ? undefined : placeOf(wanted.cursor);
  const page = new Page(wanted.filter, wanted.limit);
  const files = (await readableFiles(folder)).filter((file) =>
    wanted.hour === undefined || file.hour === wanted.hour
  );
  for (const file of files.toReversed()) {
    if (from !== undefined && comesLater(file, from)) continue;
    const isSame = from !== undefined && file.hour === from.hour && file.part === from.part;
    if (isSame && file.kind !== from.kind) {
      throw new RangeError("Cannot go on from this cursor: its file was compressed meanwhile. Begin anew");
    }
    const before = isSame ? from.before : Infinity;
    try {
      if (file.kind === "plain") await page.takePlain(file, before);
      else await page.takeCompressed(file, before);
    } catch (error) {
      // Deleted by retention, or damaged: the others are not worse for it.
      if (!(error instanceof Deno.errors.NotFound)) page.unread.push(nameOf(file));
    }
    if (page.next !== undefined) break;
  }
  const { records, next, unread } = page;
  return { records, nextCursor: next && cursorOf(next), unread };
}

/** One page while it is filled. */
class Page {
  readonly records: RecordSummary[] = [];
  readonly unread: string[] = [];
  /** Where the page ended before the files did. */
  next: Place | undefined;
  readonly #filter: RecordFilter;
  readonly #limit: number;
  #lookedBytes = 0;

  constructor(filter: RecordFilter, limit: number) {
    this.#filter = filter;
    this.#limit = limit;
  }

  async takePlain(file: HourFile, before: number): Promise<void> {
    const end = Math.min(before, file.sizeBytes);
    let at = end;
    for await (const { bytes, start } of linesBackward(file.path, end, MAX_LISTED_LINE_BYTES)) {
      if (this.#isFull) {
        this.next = { ...file, before: at };
        return;
      }
      at = start;
      this.#lookedBytes += bytes?.length ?? MAX_LISTED_LINE_BYTES;
      const summary = bytes && this.#meant(bytes);
      if (summary !== undefined) this.records.push(summary);
    }
    this.#endFile(file);
  }

  async takeCompressed(file: HourFile, before: number): Promise<void> {
    const wanted = this.#limit - this.records.length;
    const found: { readonly index: number; readonly summary: RecordSummary }[] = [];
    let index = 0;
    let unpackedBytes = 0;
    let isMore = false;
    for await (const bytes of fileLines(file.path)) {
      if (index >= before) break;
      unpackedBytes += bytes.length;
      if (unpackedBytes > MAX_UNPACKED_BYTES) {
        this.unread.push(nameOf(file));
        break;
      }
      const summary = bytes.length > MAX_LISTED_LINE_BYTES ? undefined : this.#meant(bytes);
      if (summary !== undefined) found.push({ index, summary });
      if (found.length > wanted) {
        found.shift();
        isMore = true;
      }
      index++;
    }
    // A pass through a whole file is a call's worth of work.
    this.#lookedBytes += Math.max(unpackedBytes, file.sizeBytes);
    this.records.push(...found.toReversed().map(({ summary }) => summary));
    if (isMore) this.next = { ...file, before: found[0]?.index ?? 0 };
    else this.#endFile(file);
  }

  /** Nothing is left of the file; the page may end here. */
  #endFile(file: HourFile): void {
    if (this.#isFull) this.next = { ...file, before: 0 };
  }

  get #isFull(): boolean {
    return this.records.length >= this.#limit || this.#lookedBytes >= MAX_LOOKED_BYTES;
  }

  #meant(line: Uint8Array): RecordSummary | undefined {
    const summary = recordSummary(line);
    if (summary === undefined) return undefined;
    const { tenant, model, outcome, status } = this.#filter;
    if (tenant !== undefined && summary["tenant"] !== tenant) return undefined;
    if (model !== undefined && summary["model"] !== model && summary["servedModel"] !== model) {
      return undefined;
    }
    if (outcome !== undefined && summary["outcome"] !== outcome) return undefined;
    return status === undefined || summary["status"] === status ? summary : undefined;
  }
}

function comesLater(file: HourFile, { hour, part }: Place): boolean {
  return file.hour > hour || (file.hour === hour && file.part > part);
}

function nameOf({ path }: HourFile): string {
  return path.replace(/^.*[\\/]/, "");
}

function cursorOf({ hour, part, kind, before }: Place): string {
  return `${hour}.${part}${kind === "plain" ? "p" : "c"}${before}`;
}

function placeOf(cursor: string): Place {
  const [, hour, part, kind, before] = /^(\d{8}_\d{2})\.(\d{1,4})([pc])(\d{1,15})$/.exec(cursor) ?? [];
  if (hour === undefined) throw new RangeError("Cannot go on from this cursor: it is none of this list's");
  const isPlain = kind === "p";
  return { hour, part: Number(part), kind: isPlain ? "plain" : "compressed", before: Number(before) };
}
