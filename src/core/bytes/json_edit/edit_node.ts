/** What an edit does; the words of the config. */
export type JsonEditKind = "set" | "default" | "delete";

/** One member on the way to edits, or one that is edited. */
export class EditNode {
  /** Members below, by name; empty for one that is edited itself. */
  readonly members = new Map<string, EditNode>();
  /** Undefined: something below it is edited. */
  kind: JsonEditKind | undefined;
  /** The JSON text that stands in its place where there was none; undefined: nothing. */
  fresh: string | undefined;
  /** Whether it, or anything below, is `set`. */
  sets = false;

  /** See `JsonEdits.add`. */
  add(kind: JsonEditKind, path: readonly string[], value: unknown): boolean {
    const [name, ...below] = path;
    if (name === undefined) {
      if (this.kind !== undefined || this.members.size > 0) return false;
      this.kind = kind;
      this.sets = kind === "set";
      if (kind !== "delete") this.fresh = JSON.stringify(value);
      return true;
    }
    if (this.kind !== undefined) return false;
    const known = this.members.get(name);
    const member = known ?? new EditNode();
    if (!member.add(kind, below, value)) return false;
    if (known === undefined) this.members.set(name, member);
    this.sets ||= member.sets;
    const made = [...this.members].flatMap(([each, { fresh }]) => madeMember(each, fresh));
    this.fresh = made.length === 0 ? undefined : `{${made.join(",")}}`;
    return true;
  }

  /** The members that are to be added to an object which has only those of `seen`. */
  missing(seen: ReadonlySet<string>): string[] {
    return [...this.members].flatMap(([name, { fresh }]) => seen.has(name) ? [] : madeMember(name, fresh));
  }
}

function madeMember(name: string, fresh: string | undefined): string[] {
  return fresh === undefined ? [] : [`${JSON.stringify(name)}:${fresh}`];
}
