const encoder = new TextEncoder();

/**
 * Makes an event out of a JSON object. The line end before it closes a line that the upstream left unfinished;
 * between events it is an empty line, which every client tolerates.
 */
export function eventBytes(data: unknown, name?: string): Uint8Array {
  const nameLine = name === undefined ? "" : `event: ${name}\n`;
  return encoder.encode(`\n\n${nameLine}data: ${JSON.stringify(data)}\n\n`);
}
