import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MIN_PREFIX_BYTES, prefixChain } from "../../../src/balancing/affinity/prefix_chain.ts";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import { KeyedHash, SEED_BYTES } from "../../../src/core/bytes/keyed_hash.ts";

interface Message {
  readonly role: string;
  readonly content: string;
}

interface Body {
  readonly tools?: unknown;
  readonly messages: readonly Message[];
}

/** The chain of a body as a client would write it, of whoever has the seed. */
function chainOf(body: Body, { seed = 1, spaces = 0 } = {}): number[] {
  const bytes = new TextEncoder().encode(JSON.stringify(body, null, spaces));
  const { members, elements } = scanTopLevel(bytes, [], ["tools"], "messages");
  const hash = new KeyedHash(new Uint8Array(SEED_BYTES).fill(seed));
  return prefixChain({ bytes, preamble: [members.get("tools")], turns: elements }, hash);
}

const page = "All work and no play makes a long prompt. ".repeat(60);
const system = { role: "system", content: page };
const user = (content: string) => ({ role: "user", content });

const message = fc.record({
  role: fc.constantFrom("user", "assistant", "tool"),
  content: fc.string({ unit: "binary", maxLength: 6_000 }),
});
const conversation = fc.array(message, { minLength: 1, maxLength: 12 });

Deno.test("what follows a conversation begins with its keys, however it is spaced", () => {
  fc.assert(
    fc.property(conversation, conversation, fc.nat(3), (opening, more, spaces) => {
      const before = chainOf({ messages: [system, ...opening] }, { spaces });
      const after = chainOf({ messages: [system, ...opening, ...more] }, { spaces });
      assert.equal(before.length, opening.length);
      assert.deepEqual(after.slice(0, before.length), before);
    }),
    { numRuns: 60 },
  );
});

Deno.test("conversations share no key beyond what they share", () => {
  fc.assert(
    fc.property(conversation, conversation, (opening, other) => {
      const one = chainOf({ messages: [system, ...opening, user("one"), ...other] });
      const two = chainOf({ messages: [system, ...opening, user("two"), ...other] });
      assert.deepEqual(two.slice(0, opening.length), one.slice(0, opening.length));
      const shared = one.slice(opening.length).filter((key) => two.includes(key));
      assert.deepEqual(shared, []);
    }),
    { numRuns: 60 },
  );
});

Deno.test("another seed, other tools: no key in common", () => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const body = { messages: [system, ...messages] };
      const own = new Set(chainOf(body));
      assert.ok(!chainOf(body, { seed: 2 }).some((key) => own.has(key)));
      assert.ok(!chainOf({ ...body, tools: [{ type: "function" }] }).some((key) => own.has(key)));
    }),
    { numRuns: 60 },
  );
});

Deno.test("instructions that all conversations share have no key of their own; later ones have", () => {
  assert.deepEqual(chainOf({ messages: [system] }), []);
  assert.deepEqual(chainOf({ messages: [system, { role: "developer", content: page }] }), []);
  assert.equal(chainOf({ messages: [system, user("a")] }).length, 1);
  assert.equal(chainOf({ messages: [system, user("a"), system, user("b")] }).length, 3);
});

Deno.test("a prompt too short for any vendor's cache has no key until it has grown", () => {
  const short = user("x".repeat(MIN_PREFIX_BYTES / 2 - 40));
  assert.deepEqual(chainOf({ messages: [] }), []);
  assert.deepEqual(chainOf({ messages: [short, short] }), []);
  assert.equal(chainOf({ messages: [short, short, short] }).length, 1);
  assert.equal(chainOf({ tools: [page], messages: [short] }).length, 1);
});

Deno.test("of a long part its length, its beginning and its end count", () => {
  const at = (place: number) => {
    const text = "x".repeat(50_000);
    return chainOf({ messages: [user(text.slice(0, place) + "y" + text.slice(place + 1))] });
  };
  const plain = chainOf({ messages: [user("x".repeat(50_000))] });
  assert.notDeepEqual(at(0), plain);
  assert.notDeepEqual(at(49_999), plain);
  assert.notDeepEqual(chainOf({ messages: [user("x".repeat(50_001))] }), plain);
  assert.deepEqual(at(25_000), plain);
});

Deno.test("at most the first 32 turns and 64 KB of them make keys", () => {
  const few = Array.from({ length: 40 }, (_, index) => user(`${index} ${"x".repeat(100)}`));
  const chain = chainOf({ messages: [system, ...few] });
  assert.equal(chain.length, 31);
  assert.deepEqual(chainOf({ messages: [system, ...few, user("more")] }), chain);
  const large = Array.from({ length: 30 }, (_, index) => user(`${index} ${"x".repeat(5_000)}`));
  assert.equal(chainOf({ messages: large }).length, 16);
});
