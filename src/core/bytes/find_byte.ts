// The one of typed arrays: a Buffer has its own, which on this platform takes a long way to the same answer.
const indexOf = Uint8Array.prototype.indexOf;

/** Where `byte` stands first at or after `from`; -1 where it does not. For bytes of any kind, Buffers too. */
export function findByte(bytes: Uint8Array, byte: number, from: number): number {
  return indexOf.call(bytes, byte, from);
}
