import assert from "node:assert/strict";
import fc from "fast-check";
import { geminiPathModel, modelPath, resourceName } from "../../../src/formats/gemini/paths.ts";

Deno.test("the model is what stands before the last colon, without models/ and with tunedModels/", () => {
  const rows: [string, string | undefined, boolean][] = [
    ["/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", false],
    ["/v1/models/gemini-2.5-flash:streamGenerateContent", "gemini-2.5-flash", true],
    ["/v1alpha/tunedModels/mine-1:generateContent", "tunedModels/mine-1", false],
    ["/v1beta/models/models%2Fa:countTokens", "a", false],
    ["/v1beta/models/vendor/name:free:generateContent", "vendor/name:free", false],
    ["/v1beta/models/a%3Ab%20c:embedContent", "a:b c", false],
    ["/v1beta/models/%zz:generateContent", "%zz", false],
    ["/v1beta/models/gemini-2.5-flash", undefined, false],
    ["/v1beta/models/:generateContent", undefined, false],
    ["/v1beta/files/a:b", undefined, false],
    ["/v2/models/a:generateContent", undefined, false],
  ];
  for (const [path, model, stream] of rows) {
    assert.deepEqual(geminiPathModel.read(path), model === undefined ? undefined : { model, stream }, path);
  }
});

Deno.test("every model that is written can be read again, and none leads to another path", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, unit: "binary" }),
    fc.constantFrom("..", "../../x", "a//b", "a/../b"),
  );
  fc.assert(
    fc.property(name.filter((text) => !/^(models|tunedModels)\//.test(text)), (model) => {
      const path = geminiPathModel.write("/v1/models/x:streamGenerateContent", model);
      assert.deepEqual(geminiPathModel.read(path), { model, stream: true });
      const { pathname } = new URL(path, "http://a.test");
      assert.ok(pathname.startsWith("/v1/models/") && pathname.endsWith(":streamGenerateContent"), pathname);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a tuned model takes the other collection, and a path without a model stays", () => {
  assert.equal(
    geminiPathModel.write("/v1beta/models/a:countTokens", "tunedModels/b"),
    "/v1beta/tunedModels/b:countTokens",
  );
  assert.equal(geminiPathModel.write("/v1beta/files", "b"), "/v1beta/files");
  assert.equal(modelPath("models/a", "embedContent"), "/v1beta/models/a:embedContent");
  assert.deepEqual(["a", "models/a", "tunedModels/a"].map(resourceName), [
    "models/a",
    "models/a",
    "tunedModels/a",
  ]);
});
