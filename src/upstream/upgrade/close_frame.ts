/** Codes under which the gateway itself ends a session (RFC 6455 §7.4.1). */
export const CLOSE_CODES = { goingAway: 1001, policyViolation: 1008 } as const;

/** Most bytes of a control frame's payload (RFC 6455 §5.5). */
const MAX_PAYLOAD_BYTES = 125;

/**
 * A close frame with a code and a reason, cut at 123 bytes of ASCII. Frames to a server carry a `mask` of four bytes,
 * those to a client none (RFC 6455 §5.1).
 */
export function closeFrame(code: number, reason: string, mask?: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, MAX_PAYLOAD_BYTES - 2);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  if (mask === undefined) return Uint8Array.of(0x88, payload.length, ...payload);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Uint8Array.of(0x88, 0x80 + payload.length, ...mask.subarray(0, 4), ...masked);
}
