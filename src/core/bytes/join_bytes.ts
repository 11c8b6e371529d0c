/** All pieces in one array of its own, `sizeBytes` long: the sum of their lengths, which whoever gathers them knows. */
export function joinBytes(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
