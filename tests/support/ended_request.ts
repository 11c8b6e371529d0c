import assert from "node:assert/strict";
import { Secret } from "../../src/core/secret.ts";
import { buildGeneration, type Generation } from "../../src/gateway/generation.ts";
import type { MeasuredRequest } from "../../src/gateway/measuring/measured_request.ts";
import type { RequestEnd } from "../../src/gateway/record_draft.ts";
import { EndpointIdentity } from "../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../src/gateway/routing/endpoints/load_table.ts";
import type { AttemptsResult } from "../../src/upstream/attempts.ts";
import { loadText } from "../config/load_text.ts";

const POOLS = `{ "pools": [
  { "name": "a", "provider": "openai", "models": ["gpt-4o", "gpt-4o-mini"], "keys": ["k1", "k2"] },
  { "name": "b", "provider": "openai_compatible", "upstreams": ["http://127.0.0.1:1/v1"], "models": ["llama-*"] }
] }`;

/** A generation of a config's text. */
export function generationOf(text: string = POOLS): Generation {
  return buildGeneration(loadText(text).config, {
    identity: new EndpointIdentity(new Uint8Array(32)),
    loads: new LoadTable(),
    callableUrl: (url) => url,
    newAtMs: undefined,
    ownTenantKey: new Secret("sk-tg-0123456789abcdefghij"),
  }, { number: 1, builtMs: 0, before: undefined });
}

/** A request that pool `a` answered at once, begun at 1,000 (monotonic) and 500 ms long. */
export function endedRequest(
  { model = "gpt-4o", ...changes }: Partial<AttemptsResult> & { readonly model?: string } = {},
): { request: MeasuredRequest; end: RequestEnd } {
  const generation = generationOf();
  const [endpoint] = generation.endpoints.values();
  assert(endpoint !== undefined);
  const attempt = {
    ...{ number: 1, endpoint: endpoint.id, pool: "a", upstream: "api.openai.com", key: null, model },
    outcome: { class: "ok", reason: "ok" } as const,
    ...{ startMs: 1, headMs: 100, firstContentMs: 120, endMs: 499 },
  };
  const result: AttemptsResult = {
    ...{ records: [attempt], outcome: "ok", status: 200, errorCode: null, error: undefined },
    candidate: { endpoint, weight: 1, model: undefined },
    ...{ firstContentMs: 121, why: undefined, streamed: true, whole: true },
    ...{ contentType: undefined, contentEncoding: undefined, upstreamRequestId: undefined, usage: undefined },
    ...changes,
  };
  const { outcome, status, errorCode } = result;
  return {
    request: {
      ...{ generation, format: { type: "openai_chat" }, facts: { model }, startedAtMs: 1_000 },
      caller: { tenant: { name: "web" } },
    },
    end: { outcome, status, error: errorCode, result, capture: undefined },
  };
}
