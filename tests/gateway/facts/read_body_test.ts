import assert from "node:assert/strict";
import * as zlib from "node:zlib";
import { GatewayError } from "../../../src/core/errors.ts";
import { PREFIX_LIMIT_BYTES, readPrefix, readWhole } from "../../../src/gateway/facts/read_body.ts";
import { CaptureBudget } from "../../../src/recording/capture.ts";
import { arrayExchange } from "../../support/array_exchange.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function limitsOf(maxBytes: number, budgetBytes = 10_000_000) {
  return { maxBytes, budget: new CaptureBudget(budgetBytes) };
}

function posted(body: Uint8Array[], headers: Record<string, string> = {}) {
  return arrayExchange({ body, headers: { "transfer-encoding": "chunked", ...headers } });
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    return error.code;
  }
  return "no error";
}

Deno.test("a body is read whole, whatever its pieces", async () => {
  const limits = limitsOf(100);
  const read = await readWhole(posted([bytes("{"), bytes('"a":1'), bytes("}")]), limits);
  assert.equal(new TextDecoder().decode(read.bytes), '{"a":1}');
  assert.equal(limits.budget.heldBytes, 7);
});

Deno.test("a body over the limit is refused while it is counted, and what was held is given back", async () => {
  const limits = limitsOf(10);
  assert.equal(
    await codeOf(readWhole(posted([bytes("12345678"), bytes("123")]), limits)),
    "request_too_large",
  );
  assert.equal(limits.budget.heldBytes, 0);
});

Deno.test("a body whose announced length is over the limit is refused before a byte is read", async () => {
  const exchange = arrayExchange({ headers: { "content-length": "11" } });
  exchange.body = () => assert.fail("the body was read");
  assert.equal(await codeOf(readWhole(exchange, limitsOf(10))), "request_too_large");
});

Deno.test("bodies of all requests together are bounded", async () => {
  const limits = limitsOf(100, 5);
  assert.equal(await codeOf(readWhole(posted([bytes("123456")]), limits)), "overloaded");
  assert.equal(limits.budget.heldBytes, 0);
});

Deno.test("every coding a client may send is undone", async () => {
  const text = bytes('{"model":"m"}');
  const codings: [string, Uint8Array][] = [
    ["gzip", zlib.gzipSync(text)],
    ["deflate", zlib.deflateSync(text)],
    ["br", zlib.brotliCompressSync(text)],
    ["zstd", zlib.zstdCompressSync(text)],
  ];
  for (const [coding, encoded] of codings) {
    const read = await readWhole(posted([encoded], { "content-encoding": coding }), limitsOf(1000));
    assert.deepEqual([...read.bytes], [...text], coding);
    assert.equal(read.decoded, true);
  }
});

Deno.test("a bomb, a damaged body and an unknown coding are told apart", async () => {
  const bomb = zlib.gzipSync(new Uint8Array(1_000_000));
  const as = (coding: string, body: Uint8Array) =>
    codeOf(readWhole(posted([body], { "content-encoding": coding }), limitsOf(5000)));
  assert.equal(await as("gzip", bomb), "request_too_large");
  assert.equal(await as("gzip", bytes("no gzip")), "invalid_body");
  assert.equal(await as("snappy", bytes("x")), "unsupported_encoding");
  assert.equal(await as("gzip, br", bytes("x")), "unsupported_encoding");
});

Deno.test("of a large body of another kind only the first part is held, and none of it is lost", async () => {
  const piece = new Uint8Array(1024 * 1024).fill(7);
  const limits = limitsOf(10);
  const read = await readPrefix(posted(Array.from({ length: 6 }, () => piece)), {
    ...limits,
    budget: new CaptureBudget(1e9),
  });
  assert.equal(read.bytes.length, PREFIX_LIMIT_BYTES);
  let rest = 0;
  for await (const chunk of read.rest ?? []) rest += chunk.length;
  assert.equal(read.bytes.length + rest, 6 * piece.length);
});

Deno.test("a body whose announced length finds no room is refused before a byte is read, and told when to come back", async () => {
  const limits = limitsOf(100, 10);
  limits.budget.take(5);
  const exchange = arrayExchange({ headers: { "content-length": "6" } });
  exchange.body = () => assert.fail("the body was read");
  for (const read of [readWhole, readPrefix]) {
    await assert.rejects(read(exchange, limits), (error) => {
      assert.ok(error instanceof GatewayError);
      assert.equal(error.code, "overloaded");
      assert.ok((error.detail.retryAfterMs ?? 0) > 0);
      return true;
    });
  }
  assert.equal(limits.budget.heldBytes, 5);
});

Deno.test("room is taken for all of an announced body at once, so that bodies never end each other half way", async () => {
  const limits = limitsOf(100, 10);
  let heldBytes = 0;
  const exchange = arrayExchange({ headers: { "content-length": "6" } });
  exchange.body = async function* () {
    yield bytes("12");
    heldBytes = limits.budget.heldBytes;
    yield bytes("3456");
  };
  const read = await readWhole(exchange, limits);
  assert.equal(new TextDecoder().decode(read.bytes), "123456");
  assert.deepEqual([heldBytes, read.heldBytes, limits.budget.heldBytes], [6, 6, 6]);
});

Deno.test("a body is read right whatever it announced and however it comes", async () => {
  for (const announced of ["1", "5", "6", "7", "90"]) {
    for (const pieces of [["123456"], ["1", "23456"], ["12", "34", "56"]]) {
      const limits = limitsOf(100);
      const exchange = arrayExchange({
        body: pieces.map(bytes),
        headers: { "content-length": announced },
      });
      const read = await readWhole(exchange, limits);
      assert.equal(new TextDecoder().decode(read.bytes), "123456");
      limits.budget.give(read.heldBytes);
      assert.equal(limits.budget.heldBytes, 0);
    }
  }
});

Deno.test("what comes out of a compressed body takes room too, and what was not needed is given back", async () => {
  const text = new Uint8Array(3_000_000).fill(0x20);
  const encoded = zlib.gzipSync(text);
  const as = (limits: ReturnType<typeof limitsOf>) =>
    readWhole(posted([encoded], { "content-encoding": "gzip" }), limits);
  const roomy = limitsOf(5_000_000, 10_000_000);
  const read = await as(roomy);
  assert.equal(read.bytes.length, text.length);
  assert.deepEqual([read.heldBytes, roomy.budget.heldBytes], [text.length, text.length]);
  const narrow = limitsOf(5_000_000, 1_000_000);
  assert.equal(await codeOf(as(narrow)), "overloaded");
  assert.equal(narrow.budget.heldBytes, 0);
});
