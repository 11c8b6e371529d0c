import type { Format } from "../../src/formats/format.ts";

/** All that a stream reader said of some bytes. */
export interface StreamTale {
  readonly signs: number;
  readonly ended: boolean;
  readonly hasContent: boolean;
  readonly betweenEvents: boolean;
  readonly errorData: string | undefined;
}

/** Reads `bytes` in chunks that end at the given offsets. */
export function readStream(format: Format, bytes: Uint8Array, cuts: readonly number[] = []): StreamTale {
  const reader = format.streamReader();
  let signs = 0;
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    signs |= reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  const { ended, hasContent, betweenEvents, errorData } = reader;
  return {
    signs,
    ended,
    hasContent,
    betweenEvents,
    errorData: errorData && new TextDecoder().decode(errorData),
  };
}

/** The bytes of a stream under `tests/fixtures/FAMILY`. */
export function streamFixture(family: string, name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../fixtures/${family}/${name}.sse`, import.meta.url));
}

/** The names of all streams under `tests/fixtures/FAMILY`; none where a family has no such folder. */
export function streamFixtureNames(family: string): string[] {
  const folder = new URL(`../fixtures/${family}/`, import.meta.url);
  try {
    const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    return names.filter((name) => name.endsWith(".sse")).map((name) => name.replace(/\.sse$/, "")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The bytes of a fixture under `tests/fixtures/openai`. */
export function openaiFixture(name: string): Uint8Array {
  return streamFixture("openai", name);
}

/** Bytes of data events without names. */
export function dataEvents(...events: readonly unknown[]): Uint8Array {
  const lines = events.map((event) =>
    `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`
  );
  return new TextEncoder().encode(lines.join(""));
}
