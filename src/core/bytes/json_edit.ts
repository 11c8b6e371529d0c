/**
 * Changes members of a JSON text by splicing its bytes: what is not edited stays as it came, spelling of numbers,
 * order of members and white space included.
 * @module
 */
import { EditWalk } from "./json_edit/edit_walk.ts";
import { EditNode, type JsonEditKind } from "./json_edit/edit_node.ts";

export type { JsonEditKind };

/**
 * Edits that belong together, to be added once and applied to many texts. `set` puts a value in place of whatever is
 * there, `default` where nothing is, `delete` takes a member out; the result is that of all `set`, then all
 * `default`, then all `delete`.
 */
export class JsonEdits {
  readonly #root = new EditNode();

  /**
   * Adds one at a path of member names; `value` is plain JSON data, not looked at for `delete`. False, changing
   * nothing, where the path is one of another edit's, begins with it or is the beginning of it.
   */
  add(kind: JsonEditKind, path: readonly string[], value?: unknown): boolean {
    return this.#root.add(kind, path, value);
  }

  /**
   * A copy of `bytes` with the edits made, `bytes` itself where they change nothing or it is no object. Of `bytes`
   * it is asked that `scanTopLevel` took it.
   *
   * Missing parents are made, for `set` also in place of what is no object (`null`, a list); `default` and `delete`
   * leave such alone. Names are compared unescaped and with their case. Of a member that stands several times every
   * one is edited, so that no reader sees another text than `JSON.parse`, for which the last counts. Throws
   * `JsonScanError` where a nested text on the way to an edit is no JSON.
   */
  apply(bytes: Uint8Array): Uint8Array {
    return new EditWalk(bytes).run(this.#root);
  }
}
