import assert from "node:assert/strict";
import { geminiModels } from "../../../src/providers/models/gemini_models.ts";

Deno.test("names lose their prefix, limits are read, the next page is asked for by its token", () => {
  const page = {
    models: [{
      name: "models/gemini-2.5-flash",
      displayName: "Gemini 2.5 Flash",
      inputTokenLimit: 1048576,
      outputTokenLimit: 65536,
      supportedGenerationMethods: ["generateContent"],
    }, { name: "tunedModels/mine" }],
    nextPageToken: "a/b=",
  };
  assert.deepEqual(geminiModels.read(page), {
    models: [
      {
        id: "gemini-2.5-flash",
        displayName: "Gemini 2.5 Flash",
        contextWindow: 1048576,
        maxOutputTokens: 65536,
      },
      { id: "tunedModels/mine" },
    ],
    next: "pageSize=1000&pageToken=a%2Fb%3D",
  });
});
