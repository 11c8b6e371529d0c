import type { Candidate, Endpoint } from "../../../balancing/endpoint.ts";
import type { HealthBoard } from "../../../balancing/health.ts";
import { effectiveSettings } from "../../../config/settings.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Runtime } from "../../../core/runtime.ts";
import type { Generation } from "../../../gateway/generation.ts";
import type { ActiveProbe } from "../../../upstream/probes/probe_policy.ts";
import { probeEndpoint, type ProbeTools } from "../../../upstream/probes/probe_endpoint.ts";
import { cheapChat } from "../../../upstream/probes/cheap_chat.ts";
import { KeyTest, type TestPace } from "./key_test.ts";

/** Longest wait for one key's answer, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** The list of models, where the provider tells no other: free of cost at every vendor that has it. */
const MODELS_PATH = "/v1/models";

/** What making a test needs. */
export interface KeyTestsParts {
  readonly runtime: Runtime;
  readonly health: HealthBoard;
  readonly tools: ProbeTools;
}

/** What is to be tested. */
export interface TestWish {
  readonly pool: string;
  /** Scopes of the keys that are meant; undefined: all of the pool. */
  readonly scopes: ReadonlySet<string> | undefined;
  /** Ask this model for a very short answer, which costs a little; undefined: ask for the list of models. */
  readonly model: string | undefined;
  readonly pace: TestPace;
}

/** Makes the test of a pool's keys in force: each at the first of its upstreams. Throws `GatewayError` `invalid_body` for a model that its vendor cannot be asked for. */
export function keyTestOf(generation: Generation, wish: TestWish, parts: KeyTestsParts): KeyTest {
  const { config, routes } = generation;
  const pool = config.pools.find(({ name }) => name === wish.pool);
  const { health: thresholds, probe } = effectiveSettings(config, pool);
  const health = { ...thresholds, trials: probe.mode !== "off" };
  const candidates = firstOfEachKey(generation, wish).map((endpoint): Candidate => ({
    ...{ endpoint, weight: endpoint.weight, model: undefined, health },
  }));
  const rules = routes.errorRulesOf(wish.pool);
  const asking = candidates.map(({ endpoint }) => questionFor(endpoint, wish.model, parts.tools));
  if (asking.includes(undefined)) {
    throw new GatewayError(
      "invalid_body",
      "The pool's vendor cannot be asked for a chat. Leave 'model' out.",
      {
        param: "model",
      },
    );
  }
  return new KeyTest({
    ...{ runtime: parts.runtime, health: parts.health, candidates, pace: wish.pace },
    ask: ({ endpoint }) => {
      const question = questionFor(endpoint, wish.model, parts.tools);
      return probeEndpoint(parts.tools, {
        endpoint,
        rules,
        ...question ?? { policy: listPolicy(MODELS_PATH) },
      });
    },
  });
}

function firstOfEachKey({ endpoints }: Generation, wish: TestWish): Endpoint[] {
  const first = new Map<string, Endpoint>();
  for (const endpoint of endpoints.values()) {
    if (endpoint.pool !== wish.pool || typeof endpoint.key !== "object") continue;
    if (wish.scopes !== undefined && !wish.scopes.has(endpoint.scopes.key)) continue;
    if (!first.has(endpoint.scopes.key)) first.set(endpoint.scopes.key, endpoint);
  }
  return [...first.values()];
}

interface Question {
  readonly policy: ActiveProbe;
  readonly query?: string;
  readonly post?: { readonly body: Uint8Array; readonly model: string };
}

function questionFor(endpoint: Endpoint, model: string | undefined, tools: ProbeTools): Question | undefined {
  const provider = tools.providerOf(endpoint.provider);
  if (model === undefined) {
    const { path = MODELS_PATH, query = "" } = provider.discovery ?? {};
    return { policy: listPolicy(path), query };
  }
  const chat = cheapChat(provider, model);
  if (chat === undefined) return undefined;
  const body = new TextEncoder().encode(JSON.stringify(chat.body));
  return { policy: listPolicy(chat.path), post: { body, model } };
}

function listPolicy(path: string): ActiveProbe {
  return { mode: "active", method: "GET", path, expect: [[200, 299]], everyMs: 0, timeoutMs: TIMEOUT_MS };
}
