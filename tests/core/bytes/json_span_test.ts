import assert from "node:assert/strict";
import {
  decodeJsonString,
  isJson,
  jsonLiteral,
  JsonScanError,
  type JsonScanReason,
  MAX_JSON_DEPTH,
  scanTopLevel,
  spliceBytes,
} from "../../../src/core/bytes/json_span.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The raw text of each wanted member. */
function members(text: string, names: readonly string[] = ["model", "stream"]): Record<string, string> {
  const bytes = encode(text);
  const found = [...scanTopLevel(bytes, names).members];
  return Object.fromEntries(
    found.map(([name, span]) => [name, decode(bytes.subarray(span.start, span.end))]),
  );
}

function refusal(bytes: Uint8Array, names: readonly string[] = ["model", "stream"]): JsonScanError {
  try {
    scanTopLevel(bytes, names);
  } catch (error) {
    if (error instanceof JsonScanError) return error;
    throw error;
  }
  return assert.fail(`accepted ${decode(bytes)}`);
}

function nested(levels: number): string {
  return `${`{"a":[`.repeat(levels / 2)}1${"]}".repeat(levels / 2)}`;
}

Deno.test("wanted members are found wherever they stand, as their own bytes", () => {
  assert.deepEqual(members('{"model":"gpt-4o","stream":true}'), { model: '"gpt-4o"', stream: "true" });
  assert.deepEqual(
    members(' \n{ "x" : [1,{"model":"no"}] , "stream"\t: false\r, "model" : "m\\n\\"}" } \n'),
    {
      model: '"m\\n\\"}"',
      stream: "false",
    },
  );
  assert.deepEqual(members('{"model":{"stream":1},"stream":-1.5e+3}'), {
    model: '{"stream":1}',
    stream: "-1.5e+3",
  });
  assert.deepEqual(members("{}"), {});
});

Deno.test("an escaped name is the name it stands for", () => {
  assert.deepEqual(members('{"m\\u006fdel":"a"}'), { model: '"a"' });
  assert.deepEqual(members('{"\\u006d\\u006F\\u0064\\u0065\\u006c":"a"}'), { model: '"a"' });
  assert.deepEqual(members('{"model\\u0000":"a","mod\\\\el":1}'), {});
});

Deno.test("what was parsed before changes no name, as it does to JSON.parse in V8 15.0", () => {
  JSON.parse('{"b":0,"mode\\\\":1}');
  assert.deepEqual(members('{"b":0,"mode\\u006c":"a"}'), { model: '"a"' });
});

Deno.test("texts that are no object have no members", () => {
  for (const text of ["[1,2]", '"model"', "12", "null", " true ", '[{"model":1}]']) {
    const scan = scanTopLevel(encode(text), ["model"]);
    assert.equal(scan.isObject, false, text);
    assert.equal(scan.members.size, 0, text);
  }
  assert.equal(scanTopLevel(encode(" {}"), []).isObject, true);
});

Deno.test("a wanted name that stands twice is refused, in whatever spelling or case", () => {
  for (
    const text of [
      '{"model":"a","model":"b"}',
      '{"model":"a","x":1,"mode\\u006c":"b"}',
      '{"Model":"a","model":"b"}',
      '{"model":"a","MODEL":"b"}',
      '{"model":"a","\\u004dODEL":"b"}',
    ]
  ) {
    const error = refusal(encode(text));
    assert.equal(error.reason, "duplicate", text);
    assert.equal(error.member, "model", text);
  }
  assert.deepEqual(members('{"x":1,"x":2,"model":"a","messages":[{"model":1,"model":2}]}'), { model: '"a"' });
  assert.deepEqual(members('{"MODEL":"a"}'), {}, "JSON.parse would not show it either");
});

Deno.test(`nesting is followed to ${MAX_JSON_DEPTH} levels and no deeper`, () => {
  assert.ok(scanTopLevel(encode(nested(MAX_JSON_DEPTH)), ["a"]).isObject);
  assert.equal(refusal(encode(`[${nested(MAX_JSON_DEPTH)}]`)).reason, "depth");
  assert.equal(refusal(encode(`{"a":${nested(MAX_JSON_DEPTH)}}`)).reason, "depth");
  assert.equal(refusal(encode("[".repeat(2_000_000))).reason, "depth");
  assert.ok(scanTopLevel(encode(`{"a":[${"[],{},".repeat(1000)}[]]}`), []).isObject, "breadth is no depth");
});

Deno.test("bytes that are not UTF-8 are refused", () => {
  const bytes = encode('{"model":"x"}');
  for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf8]]) {
    const spoiled = spliceBytes(bytes, { start: 10, end: 11 }, Uint8Array.from(bad));
    assert.equal(refusal(spoiled).reason, "utf8");
  }
});

Deno.test("text that is not JSON is refused where two readers could differ", () => {
  const cases: readonly [string, JsonScanReason][] = [
    ["", "syntax"],
    ["   ", "syntax"],
    ['\ufeff{"model":"x"}', "syntax"],
    ['{"model":"x"', "syntax"],
    ['{"model":"x"}{"model":"y"}', "syntax"],
    ['{"model":"x"},', "syntax"],
    ['{"model":"x",}', "syntax"],
    ['{,"model":"x"}', "syntax"],
    ['{"model""x"}', "syntax"],
    ['{"model":}', "syntax"],
    ["{model:1}", "syntax"],
    ["{'model':1}", "syntax"],
    ['{"a":1 /* "model":2 */}', "syntax"],
    ['{"a":["x" /* ] */]}', "syntax"],
    ['{"a":[\'"\',1]}', "syntax"],
    ['{"a":[NaN]}', "syntax"],
    ['{"a":tRue}', "syntax"],
    ['{"a":nul}', "syntax"],
    ['{"a":01}', "syntax"],
    ['{"a":1.}', "syntax"],
    ['{"a":.5}', "syntax"],
    ['{"a":-}', "syntax"],
    ['{"a":1e}', "syntax"],
    ['{"a":[1}', "syntax"],
    ['{"a":{"b":1]}', "syntax"],
    ['{"a":"\\u12g4"}', "syntax"],
    ['{"a":"\\x"}', "syntax"],
    ['{"a":"\\', "syntax"],
    [`{"a":"${"x".repeat(500)}`, "syntax"],
    [`{"a":"${"x".repeat(500)}\\`, "syntax"],
  ];
  for (const [text, reason] of cases) assert.equal(refusal(encode(text)).reason, reason, text);
  assert.equal(refusal(encode('{"a":1 x}')).offset, 7);
});

Deno.test("long strings end where they end, with escapes sparse or dense", () => {
  for (const piece of ["x", "x".repeat(63), "x".repeat(64), "x".repeat(300), "日本", "😀".repeat(50)]) {
    for (const escape of ['\\"', "\\\\", "\\n", "\\u00e9", '\\\\\\"']) {
      const value = `"${`${piece}${escape}`.repeat(20)}"`;
      assert.deepEqual(members(`{"x":${value},"model":${value},"stream":true}`), {
        model: value,
        stream: "true",
      });
    }
  }
});

Deno.test("splicing replaces the stretch and keeps every other byte", () => {
  const bytes = encode('{"model":"é","n":1.0}');
  const span = scanTopLevel(bytes, ["model"]).members.get("model") ?? assert.fail("not found");
  assert.equal(decode(spliceBytes(bytes, span, encode('"longer-name"'))), '{"model":"longer-name","n":1.0}');
  assert.equal(decode(spliceBytes(bytes, span, encode('""'))), '{"model":"","n":1.0}');
  assert.equal(decode(bytes), '{"model":"é","n":1.0}', "the original stays");
});

Deno.test("values are read only as what they are", () => {
  const read = (text: string) => {
    const bytes = encode(text);
    const span = { start: 0, end: bytes.length };
    return [decodeJsonString(bytes, span), jsonLiteral(bytes, span)];
  };
  assert.deepEqual(read('"a\\u00e9\\n"'), ["aé\n", undefined]);
  assert.deepEqual(read("true"), [undefined, true]);
  assert.deepEqual(read("null"), [undefined, null]);
  assert.deepEqual(read("-2.5e1"), [undefined, -25]);
  assert.deepEqual(read("[1]"), [undefined, undefined]);
  assert.deepEqual(read('"cut'), [undefined, undefined]);
  assert.deepEqual(read("tru"), [undefined, undefined]);
});

Deno.test("isJson says yes to JSON in UTF-8 alone", () => {
  assert.ok(isJson(encode(' {"a":[1,null]} ')));
  assert.ok(isJson(encode("null")));
  for (const text of ["", "{", '{"a":1}{', "\ufeff{}", '{"a":01}']) {
    assert.equal(isJson(encode(text)), false, text);
  }
  assert.equal(isJson(Uint8Array.of(0x22, 0xff, 0x22)), false);
});

Deno.test("the elements of a list are told as they stand, the first 32 of them, and refuse nothing", () => {
  const elementsOf = (text: string) => {
    const bytes = encode(text);
    const { elements } = scanTopLevel(bytes, ["model"], [], "messages");
    return elements.map(({ start, end }) => decode(bytes.subarray(start, end)));
  };
  const nested = '{"a":[1,{"b":","}],"c":"]"}';
  assert.deepEqual(elementsOf(`{"messages":[${nested},"x,y" , [1,2]\n]}`), [nested, '"x,y"', "[1,2]"]);
  assert.deepEqual(elementsOf(`{"x":{"messages":[1]},"messages":[ ],"model":"m"}`), []);
  assert.deepEqual(elementsOf(`{"messages":{"0":1}}`), []);
  assert.deepEqual(elementsOf(`{"messages":[1,2],"messages":[3]}`), ["3"]);
  const many = Array.from({ length: 40 }, (_, index) => String(index));
  assert.deepEqual(elementsOf(`{"messages":[${many}]}`), many.slice(0, 32));
});
