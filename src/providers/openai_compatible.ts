import { openai } from "./openai.ts";
import { defineProvider } from "./provider.ts";
import { joinUpstreamUrl } from "./url_joint.ts";

/**
 * Any server that speaks OpenAI's formats: other vendors, relays, local servers. The config says where it is; a
 * pool without keys sends none. Behind such a server may stand another vendor, whose own words come through:
 * the rows below are those of them that the common table, written for OpenAI's codes, would take for a
 * client's mistake or misplace. Their texts are vendors' documented messages and the list that New API keeps
 * for the same purpose (its issue 1457); the vague ones count only under a status that speaks of the key.
 */
export const openaiCompatible = defineProvider({
  type: "openai_compatible",
  summary: "Any server that speaks OpenAI's formats.",
  formats: openai.formats,
  url: joinUpstreamUrl,
  authorize: openai.authorize,
  errors: [
    // Google's quotas, which say "you exceeded your current quota" of a minute too (see `error_facts.ts`).
    { code: "quota_per_minute", class: "rate_limited" },
    { code: "quota_per_model_day", class: "rate_limited" },
    { text: "api key not valid", class: "key_invalid", explicit: true },
    { text: "api key expired", class: "key_invalid", explicit: true },
    { text: "security token included in the request is invalid", class: "key_invalid", explicit: true },
    { text: "this organization has been disabled", class: "key_invalid", explicit: true },
    { status: [401, 403], text: "has been suspended", class: "key_invalid", explicit: true },
    { status: 403, text: "reported as leaked", class: "key_invalid", explicit: true },
    { text: "credit balance is too low", class: "quota_spent" },
    { text: "you exceeded your current quota", class: "quota_spent" },
    { status: 429, text: "credits depleted", class: "quota_spent" },
    { text: "user location is not supported", class: "not_permitted", explicit: true },
    { status: [401, 403], text: "permission denied", class: "not_permitted", explicit: true },
    { status: [401, 403], text: "operation not allowed", class: "not_permitted", explicit: true },
  ],
  discovery: openai.discovery,
  // Servers that know the newer members know these as well.
  traits: { maxTokensMember: "max_tokens", developerRole: false },
});
