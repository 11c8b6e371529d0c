/**
 * What affinity by prefix costs a request, beside the scan that it goes through anyway. Run with
 * `deno bench -A tests/bench/affinity_bench.ts`; the targets are in the names.
 */
import { AffinityTable } from "../../src/balancing/affinity.ts";
import { prefixChain } from "../../src/balancing/affinity/prefix_chain.ts";
import { DEFAULT_AFFINITY, termsOf } from "../../src/balancing/affinity_policy.ts";
import { scanTopLevel } from "../../src/core/bytes/json_span.ts";
import { KeyedHash } from "../../src/core/bytes/keyed_hash.ts";
import { makeBench } from "../balancing/fixtures.ts";

const seed = new Uint8Array(32).fill(1);

/** A chat of `count` messages and about `sizeBytes` bytes. */
function openingOf(sizeBytes: number, count: number) {
  const content = "All work and no play. ".repeat(Math.ceil(sizeBytes / count / 22));
  const messages = Array.from(
    { length: count },
    (_, index) => ({ role: "user", content: `${index} ${content}` }),
  );
  const bytes = new TextEncoder().encode(JSON.stringify({ model: "m", messages, stream: true }));
  const { elements } = scanTopLevel(bytes, ["model", "stream"], [], "messages");
  return { bytes, preamble: [undefined, undefined, undefined], turns: elements };
}

function ownHash(): KeyedHash {
  const hash = new KeyedHash(seed);
  for (const text of ["prefix", "tenant", "gpt-4o", "model:gpt-4o#0"]) hash.text(text);
  return hash;
}

for (
  const [name, sizeBytes, count] of [
    ["10 KB in 3 turns, target 5 µs", 10_000, 3],
    ["10 KB in 20 turns", 10_000, 20],
    ["64 KB in 20 turns", 64_000, 20],
    ["1 MB in 20 turns", 1_000_000, 20],
  ] as const
) {
  const opening = openingOf(sizeBytes, count);
  Deno.bench({ name: `keys: ${name}`, group: "keys", fn: () => void prefixChain(opening, ownHash()) });
}

const table = new AffinityTable(await makeBench());
const terms = termsOf(DEFAULT_AFFINITY);
const chains = Array.from({ length: 1_000 }, (_, index) => {
  const hash = new KeyedHash(seed);
  hash.number(index);
  return prefixChain(openingOf(10_000, 20), hash);
});
for (const chain of chains) table.assign(chain, "endpoint", terms);
const known = chains.map((chain) => [...chain, 1, 2]);
const unknown = chains.map((chain) => chain.map((key) => key + 1));
let turn = 0;

Deno.bench({
  name: "table: find a follow-up",
  group: "table",
  fn: () => void table.find(known[turn++ % 1_000] ?? [], terms),
});
Deno.bench({
  name: "table: find a new conversation of 20 turns",
  group: "table",
  fn: () => void table.find(unknown[turn++ % 1_000] ?? [], terms),
});
Deno.bench({
  name: "table: assign",
  group: "table",
  fn: () => table.assign(chains[turn++ % 1_000] ?? [], "endpoint", terms),
});
