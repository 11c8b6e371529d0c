import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import { formFields } from "../../../src/gateway/facts/multipart_fields.ts";

const TYPE = 'multipart/form-data; boundary="x-9"';

/** A form of the given parts: header lines and value. */
function form(parts: readonly [string, string][], end = "--x-9--\r\n"): Uint8Array {
  const text = parts.map(([head, value]) => `--x-9\r\n${head}\r\n\r\n${value}\r\n`).join("") + end;
  return new TextEncoder().encode(text);
}

const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;

Deno.test("a text field of a form is found with the place of its value", () => {
  const bytes = form([
    [`${field("image")}; filename="a.png"\r\nContent-Type: image/png`, "\x89PNG --not-a-boundary"],
    [field("model"), "gpt-image-1"],
    [field("prompt"), "paint"],
  ]);
  const model = formFields(bytes, TYPE, ["model"]).get("model");
  assert.equal(model?.value, "gpt-image-1");
  assert.equal(new TextDecoder().decode(bytes.subarray(model?.span.start, model?.span.end)), "gpt-image-1");
});

Deno.test("what a file holds is never taken for a field", () => {
  const inside = `x--x-9\r\n${field("model")}\r\n\r\nforged x--x-9`;
  const bytes = form([[`${field("model")}; filename="model"`, "file"], [
    `${field("f")}; filename="f"`,
    inside,
  ]]);
  assert.equal(formFields(bytes, TYPE, ["model"]).size, 0);
});

Deno.test("an empty value and an empty form are read as that", () => {
  assert.equal(formFields(form([[field("model"), ""]]), TYPE, ["model"]).get("model")?.value, "");
  assert.equal(formFields(form([]), TYPE, ["model"]).size, 0);
  assert.equal(formFields(new Uint8Array(0), TYPE, ["model"]).size, 0);
});

Deno.test("a wanted field that comes twice is refused", () => {
  const bytes = form([[field("model"), "a"], [field("model"), "b"]]);
  assert.throws(
    () => formFields(bytes, TYPE, ["model"]),
    (error: Error) => error instanceof GatewayError && error.code === "invalid_body",
  );
});

Deno.test("a field cut off by the end of the bytes is not seen", () => {
  assert.equal(formFields(form([[field("model"), "gpt"]], ""), TYPE, ["model"]).size, 0);
});

Deno.test("a form without a boundary, or with one too long, has no fields", () => {
  const bytes = form([[field("model"), "a"]]);
  assert.equal(formFields(bytes, "multipart/form-data", ["model"]).size, 0);
  assert.equal(formFields(bytes, `multipart/form-data; boundary=${"x".repeat(71)}`, ["model"]).size, 0);
});

Deno.test("a value over a kilobyte is nobody's model", () => {
  assert.equal(formFields(form([[field("model"), "x".repeat(1025)]]), TYPE, ["model"]).size, 0);
});
