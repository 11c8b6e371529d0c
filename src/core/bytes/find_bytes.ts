/**
 * Where `wanted` (two bytes at least) stands first at or after `from`; -1 where it does not. Byte by byte: in texts of
 * the size of an event a call of the platform's search costs many times as much.
 */
export function findBytes(bytes: Uint8Array, wanted: Uint8Array, from = 0): number {
  const [first, second] = wanted;
  const last = bytes.length - wanted.length;
  for (let at = from; at <= last; at++) {
    // The second first: what is looked for begins with a quote, and a letter is rarer.
    if (bytes[at + 1] === second && bytes[at] === first && standsAt(wanted, bytes, at)) return at;
  }
  return -1;
}

/** Where `wanted` (two bytes at least) stands last; -1 where it does not. `before`: it must begin before that place. */
export function findLastBytes(bytes: Uint8Array, wanted: Uint8Array, before = bytes.length): number {
  const [first, second] = wanted;
  for (let at = Math.min(before - 1, bytes.length - wanted.length); at >= 0; at--) {
    if (bytes[at + 1] === second && bytes[at] === first && standsAt(wanted, bytes, at)) return at;
  }
  return -1;
}

function standsAt(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 2; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}
