import { hourOf } from "./hour_name.ts";
import { type HourFile, hourFiles } from "./hour_files.ts";

/** What is kept. */
export interface RetentionRule {
  /** Hours that began more than this many days ago are deleted. */
  readonly keepDays: number;
  /** Bytes that all files in all folders may take together. */
  readonly maxTotalBytes: number;
  /** Wall clock. */
  readonly nowMs: number;
}

/** What {@link applyRetention} deleted. */
export interface RetentionResult {
  readonly deletedFiles: number;
  readonly deletedBytes: number;
}

const DAY_MS = 86_400_000;

/**
 * Deletes the files of hours that are too old, then of the oldest hours until the rest fits. The current hour is
 * never deleted, nor an hour that lies ahead: the clock may have been set back.
 */
export async function applyRetention(
  folders: readonly string[],
  rule: RetentionRule,
): Promise<RetentionResult> {
  const listed = await Promise.all(folders.map(hourFiles));
  const files = listed.flat().sort((a, b) => a.hour < b.hour ? -1 : a.hour > b.hour ? 1 : 0);
  const oldest = hourOf(rule.nowMs - rule.keepDays * DAY_MS);
  const current = hourOf(rule.nowMs);
  let totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let deletedFiles = 0;
  let deletedBytes = 0;
  for (const file of files) {
    if (file.hour >= current) break;
    if (file.hour >= oldest && totalBytes <= rule.maxTotalBytes) break;
    if (!await deleted(file)) continue;
    totalBytes -= file.sizeBytes;
    deletedBytes += file.sizeBytes;
    deletedFiles++;
  }
  return { deletedFiles, deletedBytes };
}

/** Deletes; a file that is already gone counts as deleted, one that may not be deleted stays and is tried next time. */
async function deleted(file: HourFile): Promise<boolean> {
  try {
    await Deno.remove(file.path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
