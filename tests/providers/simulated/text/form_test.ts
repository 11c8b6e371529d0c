import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { formFiles, formText, readForm } from "../../../../src/providers/simulated/text/form.ts";
import { VendorRefusal } from "../../../../src/providers/simulated/vendor_refusal.ts";

/** What the platform itself makes of a form. */
async function encoded(form: FormData): Promise<readonly [string, Buffer]> {
  const response = new Response(form);
  return [response.headers.get("content-type") ?? "", Buffer.from(await response.arrayBuffer())];
}

Deno.test("readForm gives back what the platform's form encoder wrote", async () => {
  const form = new FormData();
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  form.set("model", "simulated-image");
  form.append("image[]", new File([bytes], "a.png"));
  form.append("image[]", new File([], "empty.png"));
  const parts = readForm(...await encoded(form));
  assert.equal(formText(parts, "model"), "simulated-image");
  const files = formFiles(parts, "image");
  assert.deepEqual(files.map((file) => file.filename), ["a.png", "empty.png"]);
  assert.deepEqual(new Uint8Array(files[0]?.bytes ?? []), bytes);
  assert.equal(files[1]?.bytes.length, 0);
  assert.throws(() => formFiles(parts, "mask"), VendorRefusal);
});

Deno.test("readForm refuses what is not a form", () => {
  const cases = [
    ["application/json", "{}"],
    ["multipart/form-data", "x"],
    ["multipart/form-data; boundary=b", ""],
    ["multipart/form-data; boundary=b", "--b\r\nno head\r\n--b--"],
    ["multipart/form-data; boundary=b", "--b\r\nx-odd: 1\r\n\r\nvalue\r\n--b--"],
    [
      "multipart/form-data; boundary=b",
      '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nnever closed',
    ],
  ];
  for (const [type = "", body = ""] of cases) {
    assert.throws(() => readForm(type, Buffer.from(body)), VendorRefusal, `${type} ${body}`);
  }
});
