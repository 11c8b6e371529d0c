import assert from "node:assert/strict";
import { JsonEdits } from "../../../src/core/bytes/json_edit.ts";

/** The text with edits made, each `[kind, dotted path, value]`. */
function edited(json: string, ...edits: readonly ["set" | "default" | "delete", string, unknown?][]): string {
  const all = new JsonEdits();
  for (const [kind, path, value] of edits) assert.ok(all.add(kind, path.split("."), value), path);
  return new TextDecoder().decode(all.apply(new TextEncoder().encode(json)));
}

Deno.test("set puts a value in place of what is there, and behind the last member where nothing is", () => {
  assert.equal(edited('{"n": 1.0, "t":2}', ["set", "n", 3]), '{"n": 3, "t":2}');
  assert.equal(edited('{"n": 1.0 }', ["set", "t", "x"]), '{"n": 1.0,"t":"x" }');
  assert.equal(edited("{ }", ["set", "t", null]), '{"t":null }');
});

Deno.test("default leaves what is there, also a null", () => {
  assert.equal(edited('{"t":null}', ["default", "t", 1]), '{"t":null}');
  assert.equal(edited('{"a":{"b":1}}', ["default", "a.c", 1]), '{"a":{"b":1,"c":1}}');
  assert.equal(edited('{"a":"text"}', ["default", "a.c", 1]), '{"a":"text"}');
});

Deno.test("delete takes a member with one comma, wherever it stands", () => {
  assert.equal(edited('{"a":1, "b":2 ,"c":3}', ["delete", "a"]), '{"b":2 ,"c":3}');
  assert.equal(edited('{"a":1, "b":2 ,"c":3}', ["delete", "b"]), '{"a":1 ,"c":3}');
  assert.equal(edited('{"a":1, "b":2 ,"c":3}', ["delete", "c"], ["delete", "b"]), '{"a":1}');
  assert.equal(edited('{ "a":1 }', ["delete", "a"]), "{  }");
  assert.equal(edited('{"a":{"b":{"c":1}}}', ["delete", "a.b.c"]), '{"a":{"b":{}}}');
  assert.equal(edited('{"a":[1]}', ["delete", "a.b"]), '{"a":[1]}');
});

Deno.test("missing parents are made; set replaces a parent that is no object", () => {
  assert.equal(edited("{}", ["set", "a.b.c", 1], ["default", "a.d", 2]), '{"a":{"b":{"c":1},"d":2}}');
  assert.equal(edited('{"a":null}', ["set", "a.b", 1]), '{"a":{"b":1}}');
  assert.equal(edited("{}", ["delete", "a.b"]), "{}");
});

Deno.test("escaped names are met, and every one of a member that comes twice", () => {
  assert.equal(edited('{"\\u0061":1}', ["set", "a", 2]), '{"\\u0061":2}');
  assert.equal(edited('{"o":{"a":1,"a":2,"b":3}}', ["delete", "o.a"]), '{"o":{"b":3}}');
  assert.equal(edited('{"o":{"a":1,"\\u0061":2}}', ["set", "o.a", 0]), '{"o":{"a":0,"\\u0061":0}}');
});

Deno.test("numbers, white space and text of other members keep their bytes", () => {
  const json = '{ "seed":12345678901234567890,\n"x":"\\ud83d\\ude00", "p":1.00, "model":"m" }';
  assert.equal(edited(json, ["set", "p", 0.5]), json.replace("1.00", "0.5"));
});

Deno.test("what is no object is left alone, and so is a text that no edit concerns", () => {
  const bytes = new TextEncoder().encode('[{"a":1}]');
  const edits = new JsonEdits();
  edits.add("set", ["a"], 2);
  assert.equal(edits.apply(bytes), bytes);
  const plain = new TextEncoder().encode('{"b":1}');
  const remove = new JsonEdits();
  remove.add("delete", ["a"]);
  assert.equal(remove.apply(plain), plain);
});

Deno.test("edits of one another's paths are not taken", () => {
  const edits = new JsonEdits();
  assert.equal(edits.add("set", ["a", "b"], 1), true);
  assert.equal(edits.add("delete", ["a", "b"]), false);
  assert.equal(edits.add("default", ["a"], {}), false);
  assert.equal(edits.add("set", ["a", "b", "c"], 1), false);
  assert.equal(edits.add("set", ["a", "c"], 1), true);
});
