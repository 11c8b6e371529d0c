import type { Endpoint } from "../../balancing/endpoint.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { ErrorRule, Provider } from "../../providers/provider.ts";
import type { CallStarter } from "../call.ts";
import { editOwnHeaders } from "../edits/apply_edits.ts";
import { ownCall } from "../own_call.ts";
import { MAX_ERROR_BYTES } from "../refusals/error_facts.ts";
import { upstreamUrl } from "../transport/upstream_url.ts";
import type { ActiveProbe } from "./probe_policy.ts";

/** What probing works with. */
export interface ProbeTools {
  readonly runtime: Runtime;
  readonly caller: CallStarter;
  readonly providerOf: (type: string) => Provider;
}

/** One endpoint, and what to ask it. */
export interface EndpointProbe {
  readonly endpoint: Endpoint;
  readonly policy: ActiveProbe;
  /** The pool's own error rows; its provider's come after them. */
  readonly rules: readonly ErrorRule[];
  /** Raw query without `?`. */
  readonly query?: string;
  /** A POST of this JSON in place of the policy's method, about that model. */
  readonly post?: { readonly body: Uint8Array; readonly model: string };
}

/** Asks an endpoint with its own key; what it came to, classified as any attempt would be. Never rejects for what the upstream does. */
export async function probeEndpoint(tools: ProbeTools, probe: EndpointProbe): Promise<Outcome> {
  const { caller, runtime, providerOf } = tools;
  const { endpoint, policy, rules, query = "", post } = probe;
  const provider = providerOf(endpoint.provider);
  const headers: HeaderFields = { "accept": "application/json", "accept-encoding": "identity" };
  if (post !== undefined) headers["content-type"] = "application/json";
  editOwnHeaders(headers, endpoint, runtime.now());
  if (typeof endpoint.key === "object") provider.authorize(headers, endpoint.key.secret);
  let url: string;
  try {
    url = upstreamUrl(provider, endpoint, { path: policy.path, query, model: post?.model });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { class: "client_fault", reason: "invalid_path" };
  }
  const method = post === undefined ? policy.method : "POST";
  const request = { method, url, headers, body: post?.body, link: endpoint.link };
  const { timeoutMs, expect } = policy;
  // A list of models may be long; its beginning says enough.
  const bounds = { timeoutMs, maxBytes: MAX_ERROR_BYTES, longer: "cut" } as const;
  const { outcome } = await ownCall({
    ...{ caller, runtime, request, expect, rules: [...rules, ...provider.errors] },
    ...bounds,
  });
  return outcome;
}
