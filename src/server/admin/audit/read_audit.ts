import { join } from "node:path";
import type { AuditLine } from "./audit_log.ts";

/** The id at the head of a line. */
const ID = /^\{"id":"([0-9a-f-]{36})"/;

/** A file set aside by rotation, with the second and the number it was set aside at. */
const SET_ASIDE = /^audit-(\d{8}T\d{6})-(\d+)\.jsonl$/;

/**
 * The audit's lines on disk, newest first, older than the one with the id `before`, `limit` at most. Their files are
 * bounded by rotation, so is what is read. A line that is torn is left out; without any file there are none.
 */
export async function readAudit(
  directory: string,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<AuditLine[]> {
  const found: AuditLine[] = [];
  for (const name of await auditFiles(directory)) {
    if (found.length >= limit) break;
    const text = await Deno.readTextFile(join(directory, name)).catch(() => "");
    for (const line of text.split("\n").toReversed()) {
      if (found.length >= limit) break;
      const id = ID.exec(line)?.[1];
      if (id === undefined || (before !== undefined && id >= before)) continue;
      const entry = parsed(line);
      if (entry !== undefined) found.push(entry);
    }
  }
  return found;
}

async function auditFiles(directory: string): Promise<string[]> {
  const aside: { name: string; second: string; index: number }[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) {
      const [, second, index] = SET_ASIDE.exec(name) ?? [];
      if (second !== undefined) aside.push({ name, second, index: Number(index) });
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  aside.sort((one, other) =>
    one.second === other.second ? other.index - one.index : one.second < other.second ? 1 : -1
  );
  return ["audit.jsonl", ...aside.map(({ name }) => name)];
}

function parsed(line: string): AuditLine | undefined {
  try {
    // Nobody but the audit writes this file, and a line with its id at the head is one of its own.
    return JSON.parse(line) as AuditLine;
  } catch {
    return undefined;
  }
}
