import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import claudeCode from "../../fixtures/clients/claude_code.json" with { type: "json" };
import codex from "../../fixtures/clients/codex.json" with { type: "json" };
import googleGenaiPython from "../../fixtures/clients/google_genai_python.json" with { type: "json" };
import geminiCli from "../../fixtures/clients/gemini_cli.json" with { type: "json" };
import type { TestGateway } from "../../support/start_gateway.ts";
import { PLAIN_TEXT } from "../../support/vendors/scenario.ts";
import { type VendorKind, VENDORS } from "../../support/vendors/vendors.ts";
import { FORMATS, isReady } from "./matrix/readiness.ts";
import { vendorGateway } from "./matrix/vendor_gateway.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

/** What an agent (or an SDK with ways of its own) sends, written from observation of the real one; `{model}` stands for a model's name. */
interface AgentFixture {
  readonly agent: string;
  readonly format: string;
  /** Header field of its key. */
  readonly credential: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requests: readonly AgentRequest[];
}

interface AgentRequest {
  readonly name: string;
  readonly path: string;
  readonly body: unknown;
  /** It asks for a number of tokens, which not every vendor can tell. */
  readonly counts?: boolean;
  /** It is sent compressed with zstd. */
  readonly compressed?: boolean;
}

const AGENTS: readonly AgentFixture[] = [claudeCode, codex, geminiCli, googleGenaiPython];

for (const agent of AGENTS) {
  for (const kind of VENDORS) {
    for (const request of agent.requests) {
      Deno.test({
        name: `${agent.agent} before a vendor that speaks ${kind.name}: ${request.name}`,
        ignore: !isReady(agent.format, kind),
        async fn() {
          await using vendor = await kind.start();
          await using gateway = await vendorGateway(kind, vendor);
          const answer = await sent(gateway, agent, request, kind);
          const bytes = new Uint8Array(await answer.arrayBuffer());
          const text = new TextDecoder().decode(bytes);
          assert.deepEqual(vendor.refusals, []);
          if (request.counts === true) return checkCount(answer.status, text, agent.format === kind.format);
          assert.equal(answer.status, 200, text);
          const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
          const whole = isStream ? atOnce(FORMATS.get(agent.format).assemble(bytes)).body : text;
          assert(whole.includes(PLAIN_TEXT), whole);
        },
      });
    }
  }
}

function sent(gateway: TestGateway, agent: AgentFixture, request: AgentRequest, { model }: VendorKind) {
  const body = new TextEncoder().encode(JSON.stringify(request.body).replaceAll("{model}", model));
  const compressed = request.compressed === true;
  return fetch(gateway.url + request.path.replaceAll("{model}", model), {
    method: "POST",
    headers: {
      ...agent.headers,
      ...(compressed ? { "content-encoding": "zstd" } : {}),
      [agent.credential]: agent.credential === "authorization" ? `Bearer ${gateway.key}` : gateway.key,
    },
    body: compressed ? new Uint8Array(zstdCompressSync(body)) : body,
  });
}

/** A vendor of the same format counts; for another, the gateway counts, guesses, or says that there is none. */
function checkCount(status: number, text: string, isNative: boolean): void {
  if (status === 404 && !isNative) return;
  assert.equal(status, 200, text);
  const tokens = /"(?:input_tokens|totalTokens)":\s*(\d+)/.exec(text)?.[1];
  assert(Number(tokens) > 0, text);
}
