import assert from "node:assert/strict";
import fc from "fast-check";
import { SocketQuery } from "../../../src/gateway/sockets/socket_query.ts";

const LEFT = ["key", "api-key"];

Deno.test("the model is read under either name, decoded as servers do", () => {
  const cases = [
    ["", undefined],
    ["a=1", undefined],
    ["model=", undefined],
    ["model=gpt-realtime", "gpt-realtime"],
    ["deployment=voice", "voice"],
    ["a=1&mod%65l=org%2Fmodel+x", "org/model x"],
    ["model=%zz", "%zz"],
  ] as const;
  for (const [query, model] of cases) assert.equal(new SocketQuery(query).model, model, query);
});

Deno.test("a query that names two models is refused", () => {
  for (const query of ["model=a&model=b", "model=a&deployment=a", "model=a&mod%65l=b"]) {
    assert.throws(() => new SocketQuery(query), { code: "invalid_path" });
  }
});

Deno.test("another model is put in its place, under OpenAI's name, and only where it differs", () => {
  const text = (query: string, model: string | undefined) => new SocketQuery(query).text(model, LEFT);
  assert.equal(text("a=%20&mod%65l=m&b", "m"), "a=%20&mod%65l=m&b");
  assert.equal(text("a=1&model=m&b=2", "org/n"), "a=1&model=org%2Fn&b=2");
  assert.equal(text("deployment=m", "m"), "model=m");
  assert.equal(text("deployment=m", undefined), "deployment=m");
  assert.equal(text("call_id=rtc_1", undefined), "call_id=rtc_1");
  assert.equal(text("intent=transcription", "m"), "intent=transcription&model=m");
  assert.equal(text("", "m"), "model=m");
});

Deno.test("credentials are left out however they are spelt, and nothing else is", () => {
  const query = new SocketQuery("key=a&x=1&api%2Dkey=b&KEY=c&api-key=d");
  assert.equal(query.text(undefined, LEFT), "x=1&KEY=c");
  assert.deepEqual(query.values("api-key"), ["b", "d"]);
});

Deno.test("a query without a credential and another model passes byte for byte", () => {
  fc.assert(fc.property(fc.array(fc.webQueryParameters(), { maxLength: 3 }), (parts) => {
    const query = parts.join("&");
    const names = query.split("&").map((pair) => pair.split("=", 1)[0] ?? "");
    fc.pre(!names.some((name) => /key|model|deployment|%/.test(name)));
    assert.equal(new SocketQuery(query).text(undefined, LEFT), query);
  }));
});
