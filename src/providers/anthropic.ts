import { anthropicModels } from "./models/anthropic_models.ts";
import { defineProvider } from "./provider.ts";
import { joinUpstreamUrl } from "./url_joint.ts";

/** Begins the access tokens of Claude subscriptions, which are refused as `x-api-key`. */
const ACCESS_TOKEN = "sk-ant-oat";

/**
 * The API version for requests that name none (translated ones, probes, model lists). A client's own is never
 * changed: what bodies may hold depends on it. Source: platform.claude.com/docs/en/api/versioning.
 */
const API_VERSION = "2023-06-01";

/** Tokens asked for where a translated request sets no bound: every model still offered can write as many. */
const DEFAULT_MAX_TOKENS = 8_192;

/**
 * Anthropic itself. Its error codes and most of its sentences are in the common table; the rows here are those that
 * it would misplace. Source: platform.claude.com/docs/en/api/errors, and messages seen in issues of its SDKs.
 */
export const anthropic = defineProvider({
  type: "anthropic",
  defaultUrl: "https://api.anthropic.com",
  summary: "Anthropic itself.",
  formats: ["anthropic_messages", "anthropic_count_tokens", "anthropic_other"],
  url: joinUpstreamUrl,
  authorize(headers, key) {
    const credential = key.reveal();
    delete headers["x-api-key"];
    delete headers["authorization"];
    if (credential.startsWith(ACCESS_TOKEN)) headers["authorization"] = `Bearer ${credential}`;
    else headers["x-api-key"] = credential;
    headers["anthropic-version"] ??= API_VERSION;
  },
  errors: [
    { code: "claude_code_key_creator_not_member", class: "key_invalid", explicit: true },
    { status: [401, 403], text: "oauth token has", class: "key_invalid", explicit: true },
    // A subscription's limit of long prompts: no wait helps the request, and shorter ones go on.
    { status: 429, text: "long context", class: "client_fault" },
    { status: 400, text: "exceed context limit", class: "too_long" },
    { status: 404, text: "model:", class: "model_missing" },
  ],
  discovery: anthropicModels,
  traits: { defaultMaxTokens: DEFAULT_MAX_TOKENS },
});
