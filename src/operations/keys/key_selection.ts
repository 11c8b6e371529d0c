import * as z from "zod";
import { label } from "../../config/schema/fields.ts";
import { GatewayError } from "../../core/errors.ts";
import { matcherOf } from "../../core/pattern.ts";
import type { Slice } from "../../recording/slice.ts";
import { KEY_STATES, type KeyViews, type Providers } from "./key_view.ts";
import { fingerprintOf, type RuntimeKey } from "./stored_key.ts";

/** Which keys of a pool are meant: those that all given members are true of. `all` stands alone and says that every key is meant. */
export const keySelection = z.strictObject({
  keys: z.array(z.string().regex(/^[a-z2-7]{6,26}$/, { error: "must be a fingerprint or id of a key" }))
    .min(1).max(5_000).optional(),
  state: z.enum(KEY_STATES).optional(),
  upstream: label().optional(),
  name: z.string().min(1).max(64).optional(),
  note: z.string().min(1).max(1000).optional(),
  all: z.literal(true).optional(),
});

/** See {@link keySelection}. `name` is a pattern with `*`; `note` a part of the note. */
export type KeySelection = z.output<typeof keySelection>;

/** What a selection came to. */
export interface Selected {
  readonly keys: readonly RuntimeKey[];
  /** Fingerprints and ids that no key has. */
  readonly unknown: readonly string[];
}

/** Finds the keys that are meant. Rejects with `GatewayError` `invalid_body` for a selection that names nothing or a fingerprint that several keys have. */
export async function selectKeys(
  { keys: wanted, state, upstream, name, note, all }: KeySelection,
  of: {
    readonly keys: ReadonlyMap<string, RuntimeKey>;
    readonly providers: Providers;
    readonly views: KeyViews;
  },
  slice: Slice,
): Promise<Selected> {
  const isEmpty = [wanted, state, upstream, name, note].every((member) => member === undefined);
  if (isEmpty !== (all === true)) {
    throw new GatewayError(
      "invalid_body",
      "Say which keys are meant: by keys, state, upstream, name or note, or all of them by all alone.",
      { param: "which" },
    );
  }
  const { found, unknown } = wanted === undefined
    ? { found: of.keys.values(), unknown: [] }
    : findAll(wanted, of.keys);
  const named = name === undefined ? undefined : matcherOf([name]);
  const keys: RuntimeKey[] = [];
  for (const key of found) {
    if (slice.isDue) await slice.rest();
    const { fields } = key;
    if (upstream !== undefined && key.upstream !== upstream) continue;
    if (named !== undefined && !named(fields.name ?? "")) continue;
    if (note !== undefined && fields.note?.includes(note) !== true) continue;
    if (state !== undefined && of.views.stateOf(of.providers, key) !== state) continue;
    keys.push(key);
  }
  return { keys, unknown };
}

function findAll(
  wanted: readonly string[],
  keys: ReadonlyMap<string, RuntimeKey>,
): { found: Iterable<RuntimeKey>; unknown: string[] } {
  const byFingerprint = Map.groupBy(keys.values(), ({ id }) => fingerprintOf(id));
  const found = new Set<RuntimeKey>();
  const unknown: string[] = [];
  for (const text of wanted) {
    const fitting = (byFingerprint.get(fingerprintOf(text)) ?? []).filter(({ id }) => id.startsWith(text));
    const [only, other] = fitting;
    if (only === undefined) unknown.push(text);
    else if (other === undefined) found.add(only);
    else {
      throw new GatewayError("invalid_body", `Several keys have the fingerprint ${text}: name the id.`, {
        param: "which.keys",
      });
    }
  }
  return { found, unknown };
}
