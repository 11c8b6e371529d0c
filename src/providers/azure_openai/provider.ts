import { openai } from "../openai.ts";
import { defineProvider } from "../provider.ts";
import { azurePlace, azureUrl } from "./azure_paths.ts";

/** Begins an access token of Microsoft Entra: the header of a JSON Web Token (RFC 7519), `{"` in base64. */
const ENTRA_TOKEN = /^ey[\w-]+\.[\w-]+\./;

/**
 * Azure OpenAI: deployments of a resource, or its v1 surface where the base URL ends in `/openai/v1`. It has no
 * discovery: its list tells what a region offers, not what is deployed. Source of the rows: learn.microsoft.com,
 * Azure OpenAI, "Quotas and limits", "Troubleshooting", and answers seen in its forum.
 */
export const azureOpenai = defineProvider({
  type: "azure_openai",
  summary: "Azure OpenAI, by deployments or by its /openai/v1.",
  formats: openai.formats,
  url: azureUrl,
  place: azurePlace,
  authorize(headers, key) {
    const credential = key.reveal();
    delete headers["api-key"];
    delete headers["authorization"];
    if (ENTRA_TOKEN.test(credential)) headers["authorization"] = `Bearer ${credential}`;
    else headers["api-key"] = credential;
  },
  errors: [
    { code: "authenticationtypedisabled", class: "key_invalid", explicit: true },
    { code: "permissiondenied", class: "not_permitted", explicit: true },
    { status: 403, text: "out of call volume quota", class: "quota_spent" },
    { status: 403, text: "virtual network/firewall rules", class: "not_permitted", explicit: true },
    { status: 403, text: "approved private endpoint", class: "not_permitted", explicit: true },
    { status: 403, text: "temporarily blocked", class: "not_permitted", explicit: true },
    { status: [429, 503], text: "experiencing high demand", class: "overloaded" },
    // No such path in this version of the API: another vendor of the pool may have it.
    { status: 404, text: "resource not found", class: "capability" },
    { status: [400, 404], text: "api version not supported", class: "capability" },
  ],
});
