import assert from "node:assert/strict";
import fc from "fast-check";
import { toolResponse, toolText } from "../../../../src/formats/gemini/translation/tool_response.ts";

Deno.test("every response comes back as the same object", () => {
  const text = fc.oneof(fc.string(), fc.json().map((json) => json), fc.constant('{"error":"x"}'));
  const response = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.record({ output: text }),
    fc.record({ error: text }),
    fc.record({ error: fc.jsonValue() }),
    fc.record({ output: text, error: text }),
  );
  fc.assert(fc.property(response, (value) => {
    const plain = JSON.parse(JSON.stringify(value));
    assert.deepEqual(JSON.parse(JSON.stringify(toolResponse(toolText(plain)))), plain);
  }));
});

Deno.test("every text of a tool reaches the model whole", () => {
  fc.assert(fc.property(fc.string(), fc.boolean(), (text, isError) => {
    const response = toolResponse({ text, isError });
    const told = isError ? response.error : response.output;
    assert.ok(told === text || JSON.stringify(response) === JSON.stringify(JSON.parse(text)));
  }));
});
