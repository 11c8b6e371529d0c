import assert from "node:assert/strict";
import fc from "fast-check";
import { ERROR_STATUS, type ErrorCode } from "../../src/core/errors.ts";
import { registryOf } from "../../src/core/registry.ts";
import { type ClientError, type Format, STREAM_SIGNS } from "../../src/formats/format.ts";
import * as formatModule from "../../src/formats/mod.ts";
import { readStream, streamFixture, streamFixtureNames } from "../support/read_stream.ts";
import { atOnce } from "../../src/core/time/steps.ts";

const formats = registryOf<Format>(formatModule).all;
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const ALL_ERRORS: readonly ClientError[] = Object.entries(ERROR_STATUS).map(([code, status]) => ({
  status,
  // The keys of ERROR_STATUS are the codes.
  code: code as ErrorCode,
  message: `About ${code}: "quotes", \n lines and 日本.`,
  requestId: "018f0000-0000-7000-8000-000000000001",
}));

/** The vendor family, which is also the folder of a format. */
function familyOf({ type }: Format): string {
  return type.slice(0, type.indexOf("_"));
}

/** The streams of the format's own family, and OpenAI's where it has none. */
function streamsOf(format: Format): [string, Uint8Array][] {
  const family = streamFixtureNames(familyOf(format)).length > 0 ? familyOf(format) : "openai";
  return streamFixtureNames(family).map((name) => [name, streamFixture(family, name)]);
}

/** What a pattern says before its first placeholder: the longer, the more it means. */
function literalText(pattern: string): string {
  return pattern.slice(pattern.indexOf(" ") + 1).replace(/[{*].*$/, "");
}

/** The verb of a pattern `*:verb`; patterns that have one go before all others. */
function verbOf(pattern: string): string | undefined {
  return /\*:([A-Za-z]+)$/.exec(pattern)?.[1];
}

function overlap(a: string, b: string): boolean {
  const [[methodA = "", pathA = ""], [methodB = "", pathB = ""]] = [a.split(" "), b.split(" ")];
  if (methodA !== methodB && methodA !== "*" && methodB !== "*") return false;
  const sample = (path: string) => path.replace(/\{[^}]+\}/g, "x").replace(/\*(:[A-Za-z]+)?$/, "x/y$1");
  return matchesPath(pathA, sample(pathB)) || matchesPath(pathB, sample(pathA));
}

function matchesPath(pattern: string, path: string): boolean {
  const escaped = pattern.replace(/[.+?^$()|[\]\\]/g, "\\$&");
  const source = escaped.replace(/\{[^}]+\}/g, "[^/]+").replace(/\*(:[A-Za-z]+)?$/, ".*$1");
  return new RegExp(`^${source}$`).test(path);
}

for (const format of formats) {
  Deno.test(`${format.type}: paths are well-formed and grants are known words`, () => {
    assert.ok(format.paths.length > 0);
    for (const pattern of format.paths) {
      const wanted = /^(\*|[A-Z]+) \/[a-z0-9_]+(\/([A-Za-z0-9_]+|\{[a-z_]+\}))*(\/\*(:[A-Za-z]+)?)?$/;
      assert.match(pattern, wanted, pattern);
      const [method = "", path = ""] = pattern.replace("*", "POST").split(" ");
      const grant = typeof format.grant === "function" ? format.grant(method, path) : format.grant;
      assert.ok(grant === "inference" || grant === "account", pattern);
    }
  });

  Deno.test(`${format.type}: every gateway error becomes an envelope that tells message and code`, () => {
    for (const error of ALL_ERRORS) {
      const body = format.errorBody(error);
      assert.ok(!body.includes("\n"), "one line");
      const text = JSON.stringify(JSON.parse(body));
      assert.ok(text.includes(JSON.stringify(error.message)), text);
      assert.ok(text.includes(JSON.stringify(error.code)), text);
      assert.ok(!/"(<nil>|None|undefined)"/.test(text), text);
    }
  });

  Deno.test(`${format.type}: the error event makes its own reader say error, whatever came before`, () => {
    for (const error of ALL_ERRORS) {
      const event = format.errorEvent(error);
      for (
        const before of [
          "",
          "data: {}\n\n",
          ": comment\n",
          "data: {}\n",
          'data: {"cut":"in the mid',
          "event: x",
        ]
      ) {
        const tale = readStream(format, new Uint8Array([...new TextEncoder().encode(before), ...event]));
        assert.equal(tale.signs & STREAM_SIGNS.error, STREAM_SIGNS.error, `${error.code} after ${before}`);
        assert.equal(tale.signs & STREAM_SIGNS.end, 0, "no end mark");
        assert.equal(tale.ended, false);
        assert.equal(tale.betweenEvents, true);
        assert.ok(JSON.stringify(JSON.parse(tale.errorData ?? "")).includes(JSON.stringify(error.code)));
      }
    }
  });

  Deno.test(`${format.type}: a keep-alive is no event and changes nothing between events`, () => {
    const silent = readStream(format, new Uint8Array([...format.keepAlive, ...format.keepAlive]));
    assert.deepEqual([silent.signs, silent.hasContent, silent.betweenEvents], [0, false, true]);
    assert.ok(!decode(format.keepAlive).includes("id:"));
    for (const [name, bytes] of streamsOf(format)) {
      const reader = format.streamReader();
      const mixed: number[] = [];
      let signs = 0;
      for (const byte of bytes) {
        if (reader.betweenEvents) mixed.push(...format.keepAlive), signs |= reader.push(format.keepAlive);
        mixed.push(byte);
        signs |= reader.push(Uint8Array.of(byte));
      }
      const plain = readStream(format, bytes);
      assert.deepEqual([signs, reader.ended], [plain.signs, plain.ended], name);
      assert.equal(
        atOnce(format.assemble(Uint8Array.from(mixed))).body,
        atOnce(format.assemble(bytes)).body,
        name,
      );
    }
  });

  Deno.test(`${format.type}: a reader says the same however the bytes are cut`, () => {
    for (const [name, bytes] of streamsOf(format)) {
      const whole = readStream(format, bytes);
      assert.deepEqual(readStream(format, bytes, Array.from(bytes.keys())), whole, `${name}, byte by byte`);
      const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 20 });
      fc.assert(
        fc.property(cuts, (at) => {
          assert.deepEqual(readStream(format, bytes, at.toSorted((a, b) => a - b)), whole);
        }),
        { numRuns: 30 },
      );
    }
  });

  Deno.test(`${format.type}: no bytes make it throw, and what it assembles is JSON`, () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(
        "data: ",
        "\n\n",
        "\r",
        "event: error\n",
        '{"choices":[',
        "{}",
        "[DONE]",
        '"error":',
        '{"candidates":[{"content":{"parts":[',
        '{"finishReason":"STOP"}',
        "null",
      )
        .map((text) => new TextEncoder().encode(text)),
      fc.json({ maxDepth: 4 }).map((text) => new TextEncoder().encode(`data: ${text}\n\n`)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const bytes = new Uint8Array(pieces.flatMap((part) => [...part]));
        readStream(format, bytes, [Math.floor(bytes.length / 2)]);
        JSON.parse(atOnce(format.assemble(bytes)).body);
        format.readAnswer(bytes);
      }),
      { numRuns: 300 },
    );
  });
}

Deno.test("where the paths of two formats meet, a verb wins, else the one that says more is longer", () => {
  for (const [at, format] of formats.entries()) {
    for (const other of formats.slice(at + 1)) {
      for (const a of format.paths) {
        for (const b of other.paths) {
          if (!overlap(a, b) || (verbOf(a) === undefined) !== (verbOf(b) === undefined)) continue;
          assert.notEqual(literalText(a).length, literalText(b).length, `${a} and ${b}`);
        }
      }
    }
  }
});

Deno.test("a format's file, type and export carry the same name", () => {
  for (const [name, format] of Object.entries(formatModule)) {
    assert.equal(name, format.type.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
    Deno.statSync(new URL(`../../src/formats/${familyOf(format)}/${format.type}.ts`, import.meta.url));
  }
});
