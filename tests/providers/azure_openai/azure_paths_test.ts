import assert from "node:assert/strict";
import { azureOpenai } from "../../../src/providers/azure_openai/provider.ts";
import { DEFAULT_API_VERSION } from "../../../src/providers/azure_openai/azure_paths.ts";

const V = `api-version=${DEFAULT_API_VERSION}`;
const CHAT = "/v1/chat/completions";

function urlOf(
  base: string,
  path: string,
  more: { model?: string; query?: string; apiVersion?: string } = {},
) {
  const target = { model: more.model, query: more.query ?? "", apiVersion: more.apiVersion };
  const placed = azureOpenai.place(base, path, target);
  return `${azureOpenai.url(base, placed.path)}${placed.query === "" ? "" : `?${placed.query}`}`;
}

Deno.test("the model becomes the deployment in the path, wherever the base URL ends", () => {
  for (
    const base of [
      "https://r.openai.azure.com",
      "https://r.openai.azure.com/openai",
      "https://r.openai.azure.com/openai/",
    ]
  ) {
    for (
      const operation of [
        "chat/completions",
        "completions",
        "embeddings",
        "audio/speech",
        "audio/transcriptions",
        "images/generations",
        "images/edits",
      ]
    ) {
      assert.equal(
        urlOf(base, `/v1/${operation}`, { model: "gpt4o-eu" }),
        `https://r.openai.azure.com/openai/deployments/gpt4o-eu/${operation}?${V}`,
      );
    }
  }
  assert.equal(
    urlOf("https://apim.example.com/ai/openai", CHAT, { model: "a b/c" }),
    `https://apim.example.com/ai/openai/deployments/a%20b%2Fc/chat/completions?${V}`,
  );
});

Deno.test("what no deployment serves goes to the resource", () => {
  for (const path of ["responses", "responses/resp_1", "files", "files/f/content", "batches", "models"]) {
    assert.equal(
      urlOf("https://r.openai.azure.com", `/v1/${path}`, { model: "d" }),
      `https://r.openai.azure.com/openai/${path}?${V}`,
    );
  }
});

Deno.test("a base URL that names its deployment keeps it, also as a complete endpoint", () => {
  for (const end of ["", "/", "/chat/completions"]) {
    const base = `https://r.openai.azure.com/openai/deployments/fixed${end}`;
    assert.equal(
      urlOf(base, CHAT, { model: "other" }),
      `https://r.openai.azure.com/openai/deployments/fixed/chat/completions?${V}`,
    );
    assert.equal(urlOf(base, "/v1/models"), `https://r.openai.azure.com/openai/models?${V}`);
  }
});

Deno.test("the v1 surface has OpenAI's own layout and needs no version", () => {
  const base = "https://r.openai.azure.com/openai/v1";
  assert.equal(urlOf(base, CHAT, { model: "d" }), `${base}/chat/completions`);
  assert.equal(urlOf(`${base}/chat/completions`, "/v1/responses"), `${base}/responses`);
  assert.equal(urlOf(base, CHAT, { apiVersion: "preview" }), `${base}/chat/completions?api-version=preview`);
  assert.equal(urlOf(base, CHAT, { query: "api-version=2024-10-21&a=b" }), `${base}/chat/completions?a=b`);
});

Deno.test("the request's own api-version goes before the upstream's, that before the default", () => {
  const base = "https://r.openai.azure.com";
  const query = (more: object) => urlOf(base, "/v1/files", more).split("?")[1];
  assert.equal(
    query({ query: "x=1&api-version=2024-06-01", apiVersion: "2024-10-21" }),
    "x=1&api-version=2024-06-01",
  );
  assert.equal(query({ query: "x=1", apiVersion: "2024-10-21" }), "x=1&api-version=2024-10-21");
  assert.equal(query({}), V);
});

Deno.test("paths in Azure's own layout are understood, their deployment kept", () => {
  const base = "https://r.openai.azure.com";
  assert.equal(
    urlOf(base, "/openai/deployments/mine/chat/completions", { query: "api-version=2024-10-21" }),
    `${base}/openai/deployments/mine/chat/completions?api-version=2024-10-21`,
  );
  assert.equal(urlOf(base, "/openai/v1/responses"), `${base}/openai/responses?${V}`);
  assert.equal(urlOf(base, "/openai/models"), `${base}/openai/models?${V}`);
  assert.equal(urlOf(base, "/else/where"), `${base}/else/where`);
});

Deno.test("a deployment can never leave the resource", () => {
  for (const model of ["..", "../x", "."]) {
    assert.throws(() => urlOf("https://r.openai.azure.com", CHAT, { model }), RangeError, model);
  }
});
