import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { DiscoveredModel } from "../../providers/provider.ts";
import type { CallStarter } from "../../upstream/call.ts";
import { classifyErrorData } from "../../upstream/classify.ts";
import { fetchModels, type ModelAnswer, PAGE_TIMEOUT_MS } from "../../upstream/discovery/fetch_models.ts";
import { ownCall } from "../../upstream/own_call.ts";
import { upstreamUrl } from "../../upstream/transport/upstream_url.ts";
import { ADVICE } from "./advice.ts";
import { cheapChat } from "../../upstream/probes/cheap_chat.ts";
import type { UpstreamTarget } from "./target.ts";

/** For the one chat, in milliseconds: a model on a small machine may have to be loaded first. */
const CHAT_TIMEOUT_MS = 120_000;

/** Most bytes of an answer that is only judged. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** One thing that was tried. */
export interface TrialStep {
  readonly step: "url" | "key" | "models" | "chat";
  readonly ok: boolean;
  /** One line; never text of the upstream's. */
  readonly detail: string;
  /** Where it failed: what attempts of that kind are called in logs and records. */
  readonly outcome?: Outcome;
  readonly advice?: string;
}

/** What trying needs. */
export interface TrialRoom {
  readonly caller: CallStarter;
  readonly runtime: Runtime;
}

/** All models of an upstream, or what asking came to. */
export function modelsOf(target: UpstreamTarget, { caller, runtime }: TrialRoom): Promise<ModelAnswer> {
  const { provider, url, key, apiVersion } = target;
  return fetchModels({
    ...{ caller, runtime, provider, key, rules: [] },
    upstream: { url },
    ...(apiVersion === undefined ? {} : { apiVersion }),
  });
}

/** Tries an upstream: its address, its key, its list of models and, where a model is named, one cheap chat. */
export async function tryUpstream(
  target: UpstreamTarget,
  model: string | undefined,
  room: TrialRoom,
): Promise<TrialStep[]> {
  const chat = cheapChat(target.provider, model ?? "MODEL");
  const joint: TrialStep = {
    step: "url",
    ok: true,
    detail: placed(target, chat?.path ?? "/v1/models", model ?? "MODEL"),
  };
  const steps = [joint, ...await listSteps(target, model, room)];
  const unreachable = steps.some(({ outcome }) => outcome?.class === "unreachable");
  if (model !== undefined && chat !== undefined && !unreachable) {
    const answer = await call(target, chat.path, model, chat.body, room);
    steps.push(
      answer.class === "ok"
        ? { step: "chat", ok: true, detail: `${model} answered` }
        : failed("chat", answer),
    );
  }
  return steps;
}

/** What the list of models tells of the key and of the models; a vendor without a list is asked for what costs nothing. */
async function listSteps(
  target: UpstreamTarget,
  model: string | undefined,
  room: TrialRoom,
): Promise<TrialStep[]> {
  if (target.provider.discovery === undefined) {
    const outcome = await call(target, "/v1/models", undefined, undefined, room);
    return outcome.class === "ok" ? [accepted(target)] : [failed("key", outcome)];
  }
  const answer = await modelsOf(target, room);
  if ("models" in answer) {
    return [accepted(target), { step: "models", ok: true, detail: counted(answer.models, model) }];
  }
  const speaksOfKey = ["key_invalid", "not_permitted", "quota_spent"].includes(answer.outcome.class);
  return [failed(speaksOfKey ? "key" : "models", answer.outcome)];
}

function accepted({ key }: UpstreamTarget): TrialStep {
  return {
    step: "key",
    ok: true,
    detail: key === undefined ? "none was sent, and none was asked for" : "not refused",
  };
}

function counted(models: readonly DiscoveredModel[], model: string | undefined): string {
  const count = models.length === 1 ? "1 model" : `${models.length} models`;
  if (model === undefined) return count;
  return models.some(({ id }) => id === model)
    ? `${count}, ${model} among them`
    : `${count}, ${model} not among them`;
}

function failed(step: TrialStep["step"], outcome: Outcome): TrialStep {
  const advice = outcome.class === "ok" ? "" : ADVICE[outcome.class];
  const code = outcome.code === undefined ? "" : `, ${outcome.code}`;
  return { step, ok: false, detail: `${outcome.class} (${outcome.reason}${code})`, outcome, advice };
}

function placed(
  { provider, url, apiVersion }: UpstreamTarget,
  path: string,
  model: string | undefined,
): string {
  const place = { upstream: { url }, ...(apiVersion === undefined ? {} : { apiVersion }) };
  return upstreamUrl(provider, place, { path, query: "", model });
}

/** One call, judged as an attempt is; an error inside a 200 counts as one. */
async function call(
  target: UpstreamTarget,
  path: string,
  model: string | undefined,
  body: object | undefined,
  { caller, runtime }: TrialRoom,
): Promise<Outcome> {
  const { provider, key } = target;
  const headers: HeaderFields = { "accept": "application/json", "accept-encoding": "identity" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key !== undefined) provider.authorize(headers, key);
  const answer = await ownCall({
    ...{ caller, runtime, rules: provider.errors, maxBytes: MAX_ANSWER_BYTES, longer: "broken" },
    timeoutMs: body === undefined ? PAGE_TIMEOUT_MS : CHAT_TIMEOUT_MS,
    request: {
      method: body === undefined ? "GET" : "POST",
      url: placed(target, path, model),
      headers,
      body: body && new TextEncoder().encode(JSON.stringify(body)),
    },
  });
  if (answer.body === undefined || body === undefined) return answer.outcome;
  return errorInside(answer.body, provider.errors) ?? answer.outcome;
}

function errorInside(body: Uint8Array, rules: UpstreamTarget["provider"]["errors"]): Outcome | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return { class: "broken", reason: "invalid_json" };
  }
  const hasError = typeof value === "object" && value !== null && "error" in value && Boolean(value.error);
  return hasError ? classifyErrorData(body, "error_in_ok", rules) : undefined;
}
