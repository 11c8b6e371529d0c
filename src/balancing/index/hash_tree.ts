import type { Candidate } from "../endpoint.ts";

/** Most leaves of one node: what one choice looks at. Beyond it they are sorted into branches by their ids. */
const MAX_LEAVES = 64;

/** Branches of a node that has too many leaves. */
const BRANCHES = 16;

/** Hex digits of an id's hash: where the branches end, however many ids share a hash. */
const MAX_DEPTH = 6;

interface Leaf {
  readonly slot: number;
  readonly hash: number;
  readonly weight: number;
}

interface Node {
  readonly weight: number;
  /** Its own share of the hash; the same in every generation that has this branch. */
  readonly hash: number;
  readonly leaves: readonly Leaf[];
  readonly branches: readonly Node[];
}

/**
 * Weighted rendezvous hashing: each key goes to the one whose draw, seeded by key and id, wins, and each wins as
 * often as its weight says. When one leaves, only its keys move, spread over all others. Large sets are a tree of
 * such choices, by the ids' hashes and never by position, so that a reload moves little. Shares are exact where a
 * ring's virtual nodes only come near: a ring of 100 points an endpoint is off by 10 % and more, and 50,000
 * endpoints would have five million points.
 */
export class HashTree {
  readonly #root: Node;

  /** Those `slots` of the candidates, by their weights as config has them: learned ones change, and every change moves keys. */
  constructor(candidates: readonly Candidate[], slots: Iterable<number>) {
    const leaves: Leaf[] = [];
    for (const slot of slots) {
      const candidate = candidates[slot];
      if (candidate === undefined || !(candidate.weight > 0)) continue;
      const hash = hashOf(`${candidate.endpoint.id}\0${candidate.model ?? ""}`);
      leaves.push({ slot, hash, weight: candidate.weight });
    }
    this.#root = nodeOf(leaves, 0, 1);
  }

  /** The slot that the key goes to; the `attempt`th of them (from 0) when those before could not serve. −1 when there is none. */
  slotFor(key: string, attempt: number): number {
    const seed = mixed(hashOf(key), attempt + 1);
    let node = this.#root;
    while (node.branches.length > 0) {
      const next = winner(node.branches, seed);
      if (next === undefined) break;
      node = next;
    }
    return winner(node.leaves, seed)?.slot ?? -1;
  }
}

function nodeOf(leaves: readonly Leaf[], depth: number, hash: number): Node {
  let weight = 0;
  for (const leaf of leaves) weight += leaf.weight;
  if (leaves.length <= MAX_LEAVES || depth >= MAX_DEPTH) return { weight, hash, leaves, branches: [] };
  const sorted = Array.from({ length: BRANCHES }, (): Leaf[] => []);
  for (const leaf of leaves) sorted[(leaf.hash >>> (4 * depth)) % BRANCHES]?.push(leaf);
  const branches = sorted.map((some, at) => nodeOf(some, depth + 1, mixed(hash, at + 1)));
  return { weight, hash, leaves: [], branches: branches.filter((branch) => branch.weight > 0) };
}

/** The one whose exponential draw comes first: each with the chance that its weight is of the sum of all. */
function winner<T extends { readonly hash: number; readonly weight: number }>(
  all: readonly T[],
  seed: number,
): T | undefined {
  let best: T | undefined;
  let soonest = Infinity;
  for (const one of all) {
    const drawn = (mixed(seed, one.hash) + 0.5) / 2 ** 32;
    const time = -Math.log(drawn) / one.weight;
    if (time < soonest) {
      best = one;
      soonest = time;
    }
  }
  return best;
}

/** 32 bits of a text: FNV-1a over its UTF-16 units, then mixed, since FNV's low bits are weak. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash, 0x9e3779b9);
}

/** 32 well-mixed bits of two numbers (the finish of MurmurHash3). */
function mixed(one: number, other: number): number {
  let hash = one ^ Math.imul(other, 0xcc9e2d51);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
