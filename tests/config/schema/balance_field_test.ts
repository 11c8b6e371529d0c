import assert from "node:assert/strict";
import { loadText, problemsOf } from "../load_text.ts";

const balance = (members: string) => `{ "defaults": { "balance": ${members} } }`;

const STRATEGIES = [
  "consistent_hash",
  "headroom",
  "least_load",
  "power_of_two",
  "priority",
  "random",
  "round_robin",
  "weighted_round_robin",
].map((type) => `"${type}"`).join(", ");

const rows: readonly (readonly [members: string, problem: string | undefined])[] = [
  ["{}", undefined],
  ['{ "slowStart": "1m" }', undefined],
  ['{ "slowStart": "off" }', undefined],
  ['{ "strategy": "least_load" }', undefined],
  ['{ "strategy": "least_load", "load": "peak_ewma", "x-why": "ours" }', undefined],
  ['{ "strategy": "randon" }', `.strategy: must be one of ${STRATEGIES}; did you mean "random"?`],
  ['{ "strategy": 5 }', `.strategy: must be one of ${STRATEGIES}`],
  ['"random"', ": must be an object, not a string"],
  ['{ "strategy": "least_load", "load": "latency" }', '.load: must be one of "in_flight", "peak_ewma"'],
  ['{ "strategy": "power_of_two", "laod": "in_flight" }', '.laod: unknown member; did you mean "load"?'],
  [
    '{ "strategy": "random", "load": "in_flight" }',
    ".load: unknown member; known here: strategy, slowStart",
  ],
  ['{ "load": "in_flight" }', ".load: unknown member; known here: strategy, slowStart"],
  ['{ "slowStart": "2h" }', ".slowStart: must be from 1s to 1h"],
  ['{ "slowStart": 5 }', '.slowStart: must be a duration such as "30s", or "off"'],
];

for (const [members, problem] of rows) {
  Deno.test(`balance ${members} ${problem === undefined ? "is taken" : "is told what is wrong"}`, () => {
    if (problem === undefined) return void loadText(balance(members));
    const found = problemsOf(balance(members)).map((line) => line.replace(/^\S+ /, ""));
    assert.deepEqual(found, [`defaults.balance${problem}`]);
  });
}
