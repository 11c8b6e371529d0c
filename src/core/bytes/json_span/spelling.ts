/** Whether the bytes from `at` on spell the ASCII word `word`. */
export function spells(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (bytes[at + i] !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether the bytes from `start` to `end` spell the ASCII word `word`, upper and lower case alike. */
export function equalsWithoutCase(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const byte = bytes[start + i] ?? 0;
    const code = word.charCodeAt(i);
    if (byte !== code && ((byte | 0x20) !== (code | 0x20) || (byte | 0x20) < 0x61 || (byte | 0x20) > 0x7a)) {
      return false;
    }
  }
  return true;
}

/** Whether it is the code of a decimal digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Whether it is the code of a hexadecimal digit. */
export function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
