import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ImportFormat,
  KeyLines,
  type LineReading,
} from "../../../../src/operations/keys/import/key_lines.ts";

function readAll(text: string, format?: ImportFormat): LineReading[] {
  const lines = new KeyLines(format);
  return text.split("\n").map((line) => lines.read(line));
}

const keysOf = (readings: readonly LineReading[]) =>
  readings.flatMap((reading) => reading.kind === "key" ? [reading] : []);

const reasonsOf = (readings: readonly LineReading[]) =>
  readings.flatMap((reading) => reading.kind === "reject" ? [reading.reason] : []);

Deno.test("text is one key a line, with comments and empty lines", () => {
  const found = keysOf(
    readAll("# mine\nsk-first-000000 # the first\n\n  sk-second-00000\r\nnot-sk-but-fine-0"),
  );
  assert.deepEqual(found.map(({ key }) => key), ["sk-first-000000", "sk-second-00000", "not-sk-but-fine-0"]);
});

Deno.test("CSV is told by its head; quotes, empty values and lists of models are read", () => {
  const [first, second, third] = keysOf(readAll(
    'name,key,weight,models,note,quotaGroup,enabled\n"one","sk-first-000000",2,gpt-4o;o3,"a ""good"" key, paid",org-1,false\n' +
      ",sk-second-00000,,,,,\ntwo,sk-third-000000",
  ));
  assert.deepEqual(first, {
    kind: "key",
    key: "sk-first-000000",
    fields: {
      ...{ name: "one", weight: 2, priority: 0, enabled: false, models: ["gpt-4o", "o3"] },
      ...{ note: 'a "good" key, paid', quotaGroup: "org-1" },
    },
  });
  assert.deepEqual(second?.fields, { weight: 1, priority: 0, enabled: true });
  assert.equal(third?.fields.name, "two", "values at the end may be missing");
});

Deno.test("JSONL takes strings and objects, an upstream among them", () => {
  const [first, second] = keysOf(
    readAll('{"key":"sk-first-000000","upstream":"eu","priority":3}\n"sk-second-00000"'),
  );
  assert.deepEqual([first?.upstream, first?.fields.priority], ["eu", 3]);
  assert.equal(second?.key, "sk-second-00000");
});

Deno.test("what cannot be used is rejected with its reason", () => {
  const reasons = (text: string, format?: ImportFormat) => reasonsOf(readAll(text, format));
  assert.match(reasons("sk-with a space-0")[0] ?? "", /white space at character 8/);
  assert.match(reasons("sk-\u201ccurly\u201d-quotes")[0] ?? "", /curly quote/);
  assert.match(reasons("short")[0] ?? "", /shorter than 8/);
  assert.match(reasons("sk-tg-abcdefghijklmnop")[0] ?? "", /Tidegate's own/);
  assert.match(reasons('{"key":"sk-first-000000"')[0] ?? "", /not valid JSON/);
  assert.match(reasons('{"key":"sk-first-000000","weight":-1}')[0] ?? "", /^weight: /);
  assert.match(reasons('{"key":"sk-first-000000","sk-secret":1}')[0] ?? "", /member that no key has/);
  assert.match(reasons("[1]", "jsonl")[0] ?? "", /neither a key nor an object/);
  assert.match(reasons('name,key\n"one,sk-first-000000')[0] ?? "", /quoted value/);
  assert.match(reasons("name,key\na,sk-first-000000,c")[0] ?? "", /more values/);
  assert.match(reasons("sk-first-000000,x", "csv")[0] ?? "", /no head of a CSV/);
});

Deno.test("no reason holds any of the key", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 4, maxLength: 40 }),
      fc.constantFrom<ImportFormat>("text", "csv", "jsonl"),
      fc.constantFrom(
        (x: string) => x,
        (x: string) => JSON.stringify({ key: x }),
        (x: string) => `{"${x}":1}`,
      ),
      (noise, format, shape) => {
        const secret = `QZ7QZ${noise}QZ8QZ`;
        for (const line of ["key,name", shape(secret), `${secret},${secret}`]) {
          for (const reason of reasonsOf(readAll(line, format))) {
            assert.ok(!reason.includes("QZ7") && !reason.includes("QZ8"), reason);
          }
        }
      },
    ),
  );
});
