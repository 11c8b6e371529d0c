/** Exit codes of every command (`docs/design.md` §5; 69 and 78 after sysexits.h). */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  testFailed: 3,
  unreachable: 69,
  configInvalid: 78,
  interrupted: 130,
} as const;
