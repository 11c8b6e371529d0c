import assert from "node:assert/strict";
import { readDataUri, writeDataUri } from "../../../../src/formats/openai/shared/data_uri.ts";

Deno.test("data URIs are read whatever their spelling, with their data in base64", () => {
  const read = (uri: string) => {
    const source = readDataUri(uri);
    return source && [source.mediaType, source.data];
  };
  assert.deepEqual(read("data:image/png;base64,aGk="), ["image/png", "aGk="]);
  assert.deepEqual(read("DATA:Image/PNG;charset=x;BASE64,aG\r\nk="), ["image/png", "aGk="]);
  assert.deepEqual(read("data:text/plain,h%69"), ["text/plain", "aGk="]);
  assert.deepEqual(read("data:text/plain,100%"), ["text/plain", "MTAwJQ=="]);
  assert.deepEqual(read("data:;base64,aGk="), ["application/octet-stream", "aGk="]);
  for (const other of ["https://a.example/data:,x", "data:image/png", ""]) {
    assert.equal(read(other), undefined);
  }
});

Deno.test("what is written is read as the same", () => {
  const source = { from: "base64", mediaType: "application/pdf", data: "JVBERi0=" } as const;
  assert.deepEqual(readDataUri(writeDataUri(source)), source);
});
