import assert from "node:assert/strict";
import { MAX_MODEL_SCOPES, MAX_SCOPES } from "../../../src/balancing/health/limits.ts";
import { ScopeBook } from "../../../src/balancing/health/scope_book.ts";
import { candidate, makeBench } from "../fixtures.ts";

async function makeBook() {
  const { runtime, state, store } = await makeBench();
  return { runtime, state, store, book: new ScopeBook(runtime, state) };
}

Deno.test("the book is bounded: the scope known longest makes room, one that a person switched off stays", async () => {
  const { book } = await makeBook();
  book.mark({ scope: "kept", state: "disabled", reason: "by hand", endMs: Infinity });
  for (let index = 0; index < MAX_SCOPES; index++) book.open(`key:${index}`);
  assert.ok(book.find("kept"));
  assert.equal(book.find("key:0"), undefined);
  assert.ok(book.find("key:1"));
  assert.ok(book.find(`key:${MAX_SCOPES - 1}`));
});

Deno.test("however many models are marked, no key, group, upstream or endpoint is forgotten for them", async () => {
  const { book, runtime, state, store } = await makeBook();
  const endMs = runtime.monotonic() + 600_000;
  const owners = ["key:k", "group:g", "upstream:u", "endpoint"];
  for (const scope of owners) book.mark({ scope, state: "invalid", reason: "http_401", endMs });
  for (const index of [0, 1]) {
    book.mark({ scope: `endpoint/m${index}`, state: "cooldown", reason: "http_404", endMs });
  }
  await state.flush();
  for (let index = 2; index <= MAX_MODEL_SCOPES; index++) book.open(`endpoint/m${index}`);
  for (const scope of owners) assert.ok(book.find(scope)?.invalid, scope);
  assert.equal(book.find("endpoint/m0"), undefined);
  assert.equal(book.modelScopesOf("endpoint").length, MAX_MODEL_SCOPES);
  await state.flush();
  const saved = await Array.fromAsync(store.list(["v1", "health"]), ({ key }) => key[2]);
  assert.deepEqual(
    saved.toSorted(),
    [...owners, "endpoint/m1"].toSorted(),
    "what is forgotten is not saved either",
  );
});

Deno.test("a book that is full of models still reads back the marks of keys", async () => {
  const { book, runtime, state } = await makeBook();
  book.mark({ scope: "key:k", state: "invalid", reason: "http_401", endMs: runtime.monotonic() + 600_000 });
  await state.flush();
  const next = new ScopeBook(runtime, state);
  for (let index = 0; index < MAX_MODEL_SCOPES; index++) next.open(`endpoint/m${index}`);
  assert.equal(await next.restore(), 1);
  assert.ok(next.find("key:k")?.invalid);
});

Deno.test("a forgotten scope no longer excludes, by any of the ways it was found", async () => {
  const { book, runtime } = await makeBook();
  const { endpoint } = candidate("a");
  const excluded = () => book.exclusion(endpoint, "vendor/m", runtime.monotonic())?.scope;
  for (const scope of ["key:a", "upstream:u", "a", "a/vendor/m"]) {
    book.mark({ scope, state: "cooldown", reason: "http_429", endMs: runtime.monotonic() + 1_000 });
    assert.equal(excluded(), scope);
    book.lift(scope, "cooldown");
    book.settle(scope);
    assert.equal(book.find(scope), undefined);
    assert.equal(excluded(), undefined);
  }
  assert.ok(book.isBlank);
});

Deno.test("a success forgets a spent scope, not one whose ejection is still remembered", async () => {
  const { book, runtime } = await makeBook();
  book.mark({ scope: "upstream:u", state: "ejected", reason: "broken", endMs: runtime.monotonic() + 30_000 });
  runtime.advance(30_000);
  book.settle("upstream:u");
  assert.ok(book.find("upstream:u"));
  runtime.advance(300_000);
  book.settle("upstream:u");
  assert.ok(book.isBlank);
});

Deno.test("every change is saved under the scope's name, and a lifted mark is deleted", async () => {
  const { book, runtime, state, store } = await makeBook();
  book.mark({
    scope: "a/vendor/m",
    state: "cooldown",
    reason: "http_429",
    endMs: runtime.monotonic() + 1_000,
  });
  await state.flush();
  const [entry] = await Array.fromAsync(store.list(["v1", "health"]));
  assert.deepEqual(entry?.key, ["v1", "health", "a/vendor/m"]);
  assert.equal(entry?.expiresAtMs, runtime.now() + 1_000);
  book.lift("a/vendor/m", "cooldown");
  await state.flush();
  assert.deepEqual(await Array.fromAsync(store.list(["v1", "health"])), []);
});

Deno.test("a mark that ends before its time is counted as a relief, and nothing else is", async () => {
  const { book, runtime } = await makeBook();
  const endMs = runtime.monotonic() + 60_000;
  book.mark({ scope: "upstream:u", state: "ejected", reason: "broken", endMs });
  book.mark({ scope: "key:k", state: "invalid", reason: "http_401", endMs });
  book.beginTrial("upstream:u", "ejected", endMs + 1_000);
  book.moveEnd("key:k", "invalid", endMs + 1_000);
  book.lift("key:k", "disabled");
  book.settle("upstream:u");
  assert.equal(book.reliefs, 0);
  book.moveEnd("upstream:u", "ejected", runtime.monotonic());
  assert.equal(book.reliefs, 1);
  book.lift("key:k", "invalid");
  assert.equal(book.reliefs, 2);
});
