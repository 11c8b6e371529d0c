import type { PoolConfig } from "../../../config/config.ts";
import { GatewayError } from "../../../core/errors.ts";
import { Secret } from "../../../core/secret.ts";
import type { EndpointIdentity } from "../../../gateway/routing/endpoint_identity.ts";
import type { Slice } from "../../../recording/slice.ts";
import { KEY_BATCH, type KeyBook, MAX_RUNTIME_KEYS, type NewKey } from "../key_book.ts";
import { fingerprintOf } from "../stored_key.ts";
import { type ImportFormat, KeyLines } from "./key_lines.ts";
import { type Line, linesOf, MAX_LINE_LENGTH } from "./lines.ts";

/** Largest import, in bytes and in lines. */
const MAX_IMPORT_BYTES = 64 * 1024 * 1024;
const MAX_LINES = 400_000;

/** Duplicates and rejects that an answer lists each; all are counted. */
const MAX_LISTED = 10_000;

/** What is to be imported, and where to. */
export interface ImportWish {
  /** As the config file has it. */
  readonly pool: PoolConfig;
  /** The one upstream they are for, where a line names no other; undefined: all that take the pool's keys. */
  readonly upstream: string | undefined;
  /** Undefined: found out by the first line. */
  readonly format: ImportFormat | undefined;
  /** Only say what would become of it. */
  readonly dryRun: boolean;
  readonly stream: AsyncIterable<Uint8Array>;
}

/** What an import works with. */
export interface ImportParts {
  readonly book: KeyBook;
  readonly identity: EndpointIdentity;
  readonly slice: Slice;
  /** Ids of the keys that the config file gives the pool. */
  readonly fileKeys: ReadonlySet<string>;
}

/** What became of an import; holds no key. */
export interface ImportReport {
  added: number;
  duplicate: number;
  rejected: number;
  /** The first 10,000. `of`: where the key is already. */
  readonly duplicates: { readonly line: number; readonly key: string; readonly of: string }[];
  /** The first 10,000. */
  readonly rejects: { readonly line: number; readonly reason: string }[];
}

/** One import: reads keys line by line and adds those that are new, in slices. What was added before it broke off stays. */
export class KeyImport {
  readonly report: ImportReport = { added: 0, duplicate: 0, rejected: 0, duplicates: [], rejects: [] };
  readonly #wish: ImportWish;
  readonly #parts: ImportParts;
  readonly #lineById = new Map<string, number>();
  #batch: NewKey[] = [];

  constructor(wish: ImportWish, parts: ImportParts) {
    this.#wish = wish;
    this.#parts = parts;
  }

  /** Reads to the end. Rejects with `GatewayError` `request_too_large`, or as the stream does. */
  async run(): Promise<void> {
    const lines = new KeyLines(this.#wish.format);
    const { slice } = this.#parts;
    try {
      for await (const some of linesOf(bounded(this.#wish.stream))) {
        for (const line of some) {
          if (line.number > MAX_LINES) throw tooLarge(`${MAX_LINES} lines`);
          this.#take(line, lines);
          if (this.#batch.length >= KEY_BATCH) await this.#addBatch();
          if (slice.isDue) await slice.rest();
        }
      }
    } finally {
      await this.#addBatch();
    }
  }

  #take(line: Line, lines: KeyLines): void {
    if (line.text === undefined) {
      return this.#reject(line.number, `is longer than ${MAX_LINE_LENGTH} characters`);
    }
    const read = lines.read(line.text);
    if (read.kind === "none") return;
    if (read.kind === "reject") return this.#reject(line.number, read.reason);
    const upstream = read.upstream ?? this.#wish.upstream;
    if (upstream !== undefined && !this.#wish.pool.upstreams.some(({ name }) => name === upstream)) {
      return this.#reject(line.number, "upstream: the pool has none of that name");
    }
    const secret = new Secret(read.key);
    const id = this.#parts.identity.keyId(secret);
    const known = this.#placeOf(id);
    if (known !== undefined) return this.#duplicate(line.number, id, known);
    this.#lineById.set(id, line.number);
    if (this.#parts.book.size + this.#batch.length >= MAX_RUNTIME_KEYS) {
      return this.#reject(line.number, `there are ${MAX_RUNTIME_KEYS} keys already, which is the most`);
    }
    this.#batch.push({ id, secret, upstream, fields: read.fields });
  }

  /** Where the key is already; undefined: nowhere. */
  #placeOf(id: string): string | undefined {
    const before = this.#lineById.get(id);
    if (before !== undefined) return `line ${before}`;
    if (this.#parts.fileKeys.has(id)) return "config file";
    const kept = this.#parts.book.of(this.#wish.pool.name).get(id);
    // One that cannot be read any more is mended by importing it again.
    return kept?.config === undefined ? undefined : "store";
  }

  async #addBatch(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    // No more than the book adds all or none, so that what was added is counted also where it takes no more.
    if (!this.#wish.dryRun) await this.#parts.book.add(this.#wish.pool.name, batch);
    this.report.added += batch.length;
  }

  #reject(line: number, reason: string): void {
    this.report.rejected++;
    if (this.report.rejects.length < MAX_LISTED) this.report.rejects.push({ line, reason });
  }

  #duplicate(line: number, id: string, of: string): void {
    this.report.duplicate++;
    if (this.report.duplicates.length >= MAX_LISTED) return;
    this.report.duplicates.push({ line, key: fingerprintOf(id), of });
  }
}

/** Counts bytes as they come, because an announced length can lie. */
async function* bounded(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_IMPORT_BYTES) throw tooLarge(`${MAX_IMPORT_BYTES / 1024 / 1024} MB`);
    yield chunk;
  }
}

function tooLarge(what: string): GatewayError {
  return new GatewayError(
    "request_too_large",
    `An import takes at most ${what}. The keys before that were added; send the others in further calls.`,
  );
}
