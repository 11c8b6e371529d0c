import { join } from "node:path";
import { type HourName, parseHourName } from "./hour_name.ts";

/** A file of one hour in a records folder. */
export interface HourFile extends HourName {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The hours' files in a folder, oldest first; none when the folder is missing. Links and foreign names are passed over. */
export async function hourFiles(folder: string): Promise<HourFile[]> {
  const files: HourFile[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const name = entry.isFile ? parseHourName(entry.name) : undefined;
      if (name === undefined) continue;
      const path = join(folder, entry.name);
      // A file may vanish between the listing and the look: it is no longer ours to count then.
      const facts = await Deno.lstat(path).catch(() => undefined);
      if (facts?.isFile) files.push({ ...name, path, sizeBytes: facts.size });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files.sort((a, b) => a.hour < b.hour ? -1 : a.hour > b.hour ? 1 : a.part - b.part);
}
