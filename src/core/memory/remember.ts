/** Longest key whose answer is remembered, in characters; longer ones are rare, and strangers choose them. */
const MAX_KEY_LENGTH = 512;

/**
 * `answer` with its answers remembered, for pure functions of a text that comes again and again and costs more than a
 * look into a table. At most `maxEntries` are kept: one more forgets all, so that keys that strangers invent cost no
 * more than no memory at all. Keys over 512 characters are not remembered. Answers are shared: they must not be changed.
 */
export function remember<V>(answer: (key: string) => V, maxEntries: number): (key: string) => V {
  const known = new Map<string, { readonly value: V }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = answer(key);
    if (key.length > MAX_KEY_LENGTH) return value;
    if (known.size >= maxEntries) known.clear();
    known.set(key, { value });
    return value;
  };
}
