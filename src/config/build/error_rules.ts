import type { ErrorRule } from "../../providers/provider.ts";
import { RELAY_PRESETS } from "../../providers/relays/relay_presets.ts";
import type { Report } from "../problem.ts";
import type { ErrorsFile } from "../schema/health/errors_field.ts";
import type { Path } from "../text/document.ts";

/** Classes whose mark is set at once where the vendor's words are explicit. */
const AGAINST_KEYS: ReadonlySet<string> = new Set(["key_invalid", "not_permitted"]);

/** Makes the rows of a pool's error table, in the order of the file; reports rows without a condition. */
export function buildErrorRules(entries: ErrorsFile, path: Path, report: Report): ErrorRule[] {
  return entries.flatMap((entry, index): readonly ErrorRule[] => {
    if (typeof entry === "string") return RELAY_PRESETS[entry].rules;
    const { status, code, text } = entry;
    if (status === undefined && code === undefined && text === undefined) {
      report.problem(
        [...path, index],
        "would hold for every error",
        'give it a "status", a "code" or a "text"',
      );
      return [];
    }
    const row: ErrorRule = {
      class: entry.class,
      ...(code === undefined ? {} : { code: code.toLowerCase() }),
      ...(text === undefined ? {} : { text: text.toLowerCase() }),
      // Who names the vendor's words against a key has them explicitly; a bare status may mean much else.
      ...(AGAINST_KEYS.has(entry.class) && (code ?? text) !== undefined ? { explicit: true } : {}),
    };
    return status === undefined ? [row] : status.map((range) => ({ ...row, status: range }));
  });
}
