import { compatiblePreset } from "../compatible_preset.ts";

/** Groq. Source: console.groq.com/docs, "Errors", "Flex processing" and "Spend limits". */
export const groq = compatiblePreset({
  type: "groq",
  summary: "Groq.",
  defaultUrl: "https://api.groq.com/openai/v1",
  formats: ["openai_chat", "openai_responses", "openai_other"],
  errors: [
    { code: "organization_restricted", class: "key_invalid", explicit: true },
    { code: "blocked_api_access", class: "quota_spent" },
    { code: "model_decommissioned", class: "model_missing" },
    { code: "model_terms_required", class: "model_missing" },
    { code: "model_permission_blocked_org", class: "model_missing" },
    { code: "model_permission_blocked_project", class: "model_missing" },
    // Its flex tier is full; elsewhere this status speaks of a token.
    { status: 498, class: "overloaded" },
  ],
});
