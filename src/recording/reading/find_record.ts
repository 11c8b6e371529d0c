import { Buffer } from "node:buffer";
import { hourOf } from "../files/hour_name.ts";
import { fileLines } from "./file_lines.ts";
import { readableFiles } from "./readable_files.ts";

/** The `id` stands within this many bytes of a line's start. */
const HEAD_BYTES = 128;

/**
 * The line of the record with this id, or undefined. The id (UUIDv7) tells when the request began, so that hour and
 * the following are searched first, then the earlier ones: the clock may have been set back; `maxFiles` at most. Files that cannot be
 * read are told to `report` and passed over.
 */
export async function findRecord(
  folder: string,
  id: string,
  report: (path: string) => void,
  maxFiles = Infinity,
): Promise<Uint8Array | undefined> {
  const startedMs = Number.parseInt(id.replace("-", "").slice(0, 12), 16);
  const hour = hourOf(startedMs);
  const files = await readableFiles(folder);
  const later = files.filter((file) => file.hour >= hour);
  const earlier = files.filter((file) => file.hour < hour);
  const wanted = `"id":${JSON.stringify(id)}`;
  for (const { path } of [...later, ...earlier.toReversed()].slice(0, maxFiles)) {
    try {
      for await (const line of fileLines(path)) {
        if (Buffer.from(line.subarray(0, HEAD_BYTES)).includes(wanted)) return line;
      }
    } catch {
      report(path);
    }
  }
  return undefined;
}
