import { geminiModels } from "./models/gemini_models.ts";
import { defineProvider } from "./provider.ts";
import { joinUpstreamUrl } from "./url_joint.ts";

/** A version at the end of a base URL, which goes before the front's. */
const BASE_VERSION = /(?<=[^/])\/v1(?:alpha|beta)?\/*$/;

/** A version at the beginning of a front path. */
const FRONT_VERSION = /^\/v1(?:alpha|beta)?(?=\/|$)/;

/** Uploads of files have their version behind this. */
const UPLOAD = "/upload";

/**
 * Google's Gemini API. Its 429 has one code for a minute's limit, a day's and an empty account; which it is stands in
 * `details` (`error_facts.ts` puts it among the codes). Sources: ai.google.dev/gemini-api/docs/troubleshooting and
 * rate-limits; reasons in google/api/error_reason.proto.
 */
export const gemini = defineProvider({
  type: "gemini",
  defaultUrl: "https://generativelanguage.googleapis.com",
  summary: "Google's Gemini API.",
  formats: ["gemini_generate", "gemini_count_tokens", "gemini_embeddings", "gemini_other"],
  url(baseUrl, path) {
    const version = BASE_VERSION.exec(baseUrl)?.[0].replace(/\/+$/, "");
    if (version === undefined || !path.startsWith("/")) return joinUpstreamUrl(baseUrl, path);
    const root = baseUrl.replace(BASE_VERSION, "");
    const upload = path.startsWith(`${UPLOAD}/`) ? UPLOAD : "";
    const rest = path.slice(upload.length).replace(FRONT_VERSION, "");
    return joinUpstreamUrl(root, upload + version + rest);
  },
  authorize(headers, key) {
    headers["x-goog-api-key"] = key.reveal();
  },
  errors: [
    // A day's limit of a single model: only that model rests.
    { code: "quota_per_model_day", class: "rate_limited" },
    { code: "quota_per_day", class: "quota_spent" },
    { status: 402, class: "quota_spent" },
    { status: 429, text: "depleted", class: "quota_spent" },
    // "You exceeded your current quota" is said of a minute's limit as well.
    { status: 429, class: "rate_limited" },
    { code: "billing_disabled", class: "quota_spent" },
    { code: "access_token_expired", class: "key_invalid", explicit: true },
    { code: "account_state_invalid", class: "key_invalid", explicit: true },
    { code: "consumer_invalid", class: "key_invalid", explicit: true },
    { code: "api_key_service_blocked", class: "not_permitted", explicit: true },
    { code: "api_key_http_referrer_blocked", class: "not_permitted", explicit: true },
    { code: "api_key_ip_address_blocked", class: "not_permitted", explicit: true },
    { code: "api_key_android_app_blocked", class: "not_permitted", explicit: true },
    { code: "api_key_ios_app_blocked", class: "not_permitted", explicit: true },
    { status: 400, text: "gemini api free tier is not available", class: "not_permitted", explicit: true },
    { status: 403, text: "reported as leaked", class: "key_invalid", explicit: true },
    // What another project owns, named by the client: no key is worse for it.
    { status: 403, text: "permission to access", class: "foreign_state" },
    { status: 403, text: "cachedcontent not found", class: "foreign_state" },
    { status: 404, text: "models/", class: "model_missing" },
    { status: 404, text: "tunedmodels/", class: "model_missing" },
  ],
  discovery: geminiModels,
});
