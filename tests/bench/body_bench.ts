/**
 * What a request's bytes cost by their number: the scan for the members that the gateway needs, and the model's name put
 * in another's place. Run with `deno bench -A tests/bench/body_bench.ts`.
 */
import { scanTopLevel, spliceBytes } from "../../src/core/bytes/json_span.ts";

const NAMES = ["model", "stream"];
const SENTENCE = 'He said: "All work and no play."\n';

function bodyOf(sizeBytes: number): Uint8Array {
  const content = SENTENCE.repeat(Math.ceil(sizeBytes / 10 / SENTENCE.length));
  const messages = Array.from({ length: 10 }, () => ({ role: "user", content }));
  return new TextEncoder().encode(JSON.stringify({ model: "gpt-4o", messages, stream: true }));
}

const SIZES = [["1 KB", 1_024], ["100 KB", 102_400], ["1 MB", 1_048_576], ["10 MB", 10_485_760]] as const;
const model = new TextEncoder().encode('"gpt-4o-2024-11-20"');

for (const [name, sizeBytes] of SIZES) {
  const body = bodyOf(sizeBytes);
  const span = scanTopLevel(body, NAMES).members.get("model");
  if (span === undefined) throw new Error("the model was not found");
  Deno.bench({ name: `scan ${name}`, group: "scan", fn: () => void scanTopLevel(body, NAMES) });
  Deno.bench({ name: `splice ${name}`, group: "splice", fn: () => void spliceBytes(body, span, model) });
}
