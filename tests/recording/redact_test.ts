import assert from "node:assert/strict";
import fc from "fast-check";
import { makeRedactor, REDACTED } from "../../src/recording/redact.ts";
import { MIN_SECRET_BYTES } from "../../src/recording/redaction/secret_index.ts";

Deno.test("a secret is taken out wherever it stands, more than once, also glued to other text", () => {
  const redactor = makeRedactor(() => ["sk-proj-abcdefgh12345678"]);
  assert.equal(
    redactor.text("Bearer sk-proj-abcdefgh12345678, x=sk-proj-abcdefgh12345678y"),
    `Bearer ${REDACTED}, x=${REDACTED}y`,
  );
});

Deno.test("text without a secret is the very same bytes", () => {
  const redactor = makeRedactor(() => ["sk-proj-abcdefgh12345678"]);
  const bytes = new TextEncoder().encode("sk-proj-abcdefgh1234567 is one character short");
  assert.equal(redactor.bytes(bytes), bytes);
});

Deno.test("of secrets that contain each other the longest is taken out, and overlapping ones together", () => {
  const redactor = makeRedactor(() => ["23456789", "0123456789", "56789abcdef"]);
  assert.equal(redactor.text("x0123456789y"), `x${REDACTED}y`);
  assert.equal(redactor.text("x0123456789abcdefy"), `x${REDACTED}y`);
});

Deno.test("a secret is found in the spellings it has inside a JSON string", () => {
  const secret = `pa"ss/wörd\\x`;
  const redactor = makeRedactor(() => [secret]);
  for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), `pa\\"ss\\/wörd\\\\x`]) {
    assert.equal(redactor.text(`<${spelling}>`), `<${REDACTED}>`);
  }
});

Deno.test("secrets under eight bytes are not looked for, those of eight are", () => {
  const redactor = makeRedactor(() => ["x".repeat(MIN_SECRET_BYTES - 1), "abcdefgh"]);
  assert.equal(redactor.text(`${"x".repeat(20)} abcdefgh`), `${"x".repeat(20)} ${REDACTED}`);
});

Deno.test("new secrets are looked for as soon as another object is handed in, and read once", () => {
  let reads = 0;
  const counted = (secret: string): Iterable<string> => ({
    *[Symbol.iterator]() {
      reads++;
      yield secret;
    },
  });
  let secrets = counted("first-secret");
  const redactor = makeRedactor(() => secrets);
  assert.equal(redactor.text("first-secret second-secret"), `${REDACTED} second-secret`);
  redactor.text("again");
  assert.equal(reads, 1);
  secrets = counted("second-secret");
  assert.equal(redactor.text("first-secret second-secret"), `first-secret ${REDACTED}`);
  assert.equal(reads, 2);
});

Deno.test("no secret survives in any text, and text that holds none is left alone", () => {
  const letter = fc.constantFrom("a", "b", "-", "ä");
  const word = (minLength: number, maxLength: number) =>
    fc.array(letter, { minLength, maxLength }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(fc.array(word(8, 12), { maxLength: 6 }), word(0, 80), (secrets, text) => {
      const redacted = makeRedactor(() => secrets).text(text);
      for (const secret of secrets) assert.ok(!redacted.includes(secret));
      if (!secrets.some((secret) => text.includes(secret))) assert.equal(redacted, text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("fifty thousand secrets cost one pass, not fifty thousand searches", () => {
  const secrets = Array.from({ length: 50_000 }, (_, i) => `sk-proj-${String(i).padStart(40, "k")}`);
  const redactor = makeRedactor(() => secrets);
  const text = `${"The quick brown fox jumps over the lazy dog. ".repeat(20_000)}${secrets[31_337]}`;
  const bytes = new TextEncoder().encode(text);
  redactor.text("builds the index");
  const startMs = performance.now();
  const redacted = redactor.bytes(bytes);
  const tookMs = performance.now() - startMs;
  assert.ok(new TextDecoder().decode(redacted).endsWith(`dog. ${REDACTED}`));
  // One search of 900 KB takes some 50 µs at best, so that 50,000 of them would take seconds.
  assert.ok(tookMs < 500, `took ${tookMs} ms`);
});
