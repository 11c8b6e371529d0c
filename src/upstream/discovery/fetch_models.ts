import type { OutboundLink } from "../../core/edits/outbound_link.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Secret } from "../../core/secret.ts";
import type { DiscoveredModel, ErrorRule, Provider } from "../../providers/provider.ts";
import type { CallStarter } from "../call.ts";
import { ownCall } from "../own_call.ts";
import { upstreamUrl } from "../transport/upstream_url.ts";

/** Most models of one upstream; OpenRouter, the largest catalogue, tells some hundreds. */
export const MAX_MODELS = 5_000;

/** Most pages of one list: at the vendors' page sizes more than {@link MAX_MODELS}. */
const MAX_PAGES = 20;

/** Most bytes of a page; OpenRouter's only one, with a description of each model, is under 2 MB. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** For one page, in milliseconds. */
export const PAGE_TIMEOUT_MS = 30_000;

/** The upstream to be asked, and by what. */
export interface ModelQuestion {
  readonly caller: CallStarter;
  readonly runtime: Runtime;
  readonly provider: Provider;
  readonly upstream: { readonly url: string };
  readonly apiVersion?: string;
  /** Undefined: none is sent. */
  readonly key: Secret | undefined;
  /** Applies the operator's own rules to the request's fields, before the credential. */
  readonly edit?: (headers: HeaderFields) => void;
  /** How its host is reached; absent: as the environment says. */
  readonly link?: OutboundLink | undefined;
  /** The pool's error rows; the provider's come after them. */
  readonly rules: readonly ErrorRule[];
}

/** What the upstream said: its models, each name once, or what the first page that failed came to. */
export type ModelAnswer = { readonly models: readonly DiscoveredModel[] } | { readonly outcome: Outcome };

/** Asks an upstream for its models, all pages of them. Never rejects; an empty list is `broken`, since nobody has no model. */
export async function fetchModels(question: ModelQuestion): Promise<ModelAnswer> {
  const { discovery } = question.provider;
  if (discovery === undefined) return { outcome: { class: "capability", reason: "no_model_list" } };
  const found = new Map<string, DiscoveredModel>();
  let query: string | undefined = discovery.query;
  for (let page = 0; query !== undefined && page < MAX_PAGES; page++) {
    const answer = await askPage(question, discovery.path, query);
    if (!("page" in answer)) return answer;
    const { models, next } = discovery.read(answer.page);
    for (const model of models) {
      if (found.size < MAX_MODELS && !found.has(model.id)) found.set(model.id, model);
    }
    query = found.size < MAX_MODELS ? next : undefined;
  }
  if (found.size === 0) return { outcome: { class: "broken", reason: "no_models" } };
  return { models: [...found.values()] };
}

async function askPage(
  { caller, runtime, provider, upstream, apiVersion, key, edit, link, rules }: ModelQuestion,
  path: string,
  query: string,
): Promise<{ readonly page: unknown } | { readonly outcome: Outcome }> {
  const headers: HeaderFields = { "accept": "application/json", "accept-encoding": "identity" };
  edit?.(headers);
  if (key !== undefined) provider.authorize(headers, key);
  let url: string;
  try {
    const place = { upstream, ...(apiVersion === undefined ? {} : { apiVersion }) };
    url = upstreamUrl(provider, place, { path, query, model: undefined });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { outcome: { class: "client_fault", reason: "invalid_path" } };
  }
  const { outcome, body } = await ownCall({
    ...{ caller, runtime, timeoutMs: PAGE_TIMEOUT_MS, maxBytes: MAX_PAGE_BYTES, longer: "broken" },
    request: { method: "GET", url, headers, body: undefined, link },
    rules: [...rules, ...provider.errors],
  });
  if (body === undefined) return { outcome };
  try {
    return { page: JSON.parse(new TextDecoder().decode(body)) };
  } catch {
    return { outcome: { class: "broken", reason: "invalid_json" } };
  }
}
