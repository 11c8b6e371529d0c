/** What a registered thing must tell of itself: `type` is its literal name in config, records and logs. */
export interface Registered {
  readonly type: string;
}

/** The registered things of one room, by type. */
export interface Registry<T extends Registered> {
  /** All, by the names of their exports: a module namespace is listed so, whatever the order of the lines. */
  readonly all: readonly T[];
  /** The types, in the same order. */
  readonly types: readonly string[];
  /** The thing of that type, or undefined. */
  find(type: string): T | undefined;
  /** The thing of that type; throws `RangeError` when there is none. */
  get(type: string): T;
}

/**
 * Turns a `mod.ts` namespace (`import * as module from "./mod.ts"`) into a lookup. Every export must be a
 * registered thing: throws `TypeError` for one that is not, or when two share a type, so that a slip in a
 * one-line registration stops the start and not a request.
 */
export function registryOf<T extends Registered>(module: Record<string, T>): Registry<T> {
  const byType = new Map<string, T>();
  for (const [name, thing] of Object.entries(module)) {
    if (typeof thing?.type !== "string") throw new TypeError(`Cannot register '${name}': it has no type`);
    if (byType.has(thing.type)) {
      throw new TypeError(`Cannot register '${name}': type '${thing.type}' is taken`);
    }
    byType.set(thing.type, thing);
  }
  const types = [...byType.keys()];
  return {
    all: [...byType.values()],
    types,
    find: (type) => byType.get(type),
    get(type) {
      const found = byType.get(type);
      if (found === undefined) throw new RangeError(`Cannot find '${type}': known are ${types.join(", ")}`);
      return found;
    },
  };
}
