import { type HourFile, hourFiles } from "../files/hour_files.ts";

/**
 * The files of a records folder that hold lines, oldest first, each line in one of them only: a plain file beside
 * its own compressed one is left over from a crash.
 */
export async function readableFiles(folder: string): Promise<HourFile[]> {
  const files = await hourFiles(folder);
  const compressed = new Set(files.filter((file) => file.kind === "compressed").map((file) => file.path));
  return files.filter((file) =>
    file.kind === "compressed" || (file.kind === "plain" && !compressed.has(`${file.path}.gz`))
  );
}
