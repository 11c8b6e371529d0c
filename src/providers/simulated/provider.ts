import { openai } from "../openai.ts";
import { defineProvider } from "../provider.ts";
import { joinUpstreamUrl } from "../url_joint.ts";

/**
 * The built-in fake vendor. Its upstream URLs are declared as `simulated://name?option=value` (see
 * `parseSimulatedUrl`); `startSimulatedVendors` maps one to the loopback address that answers for it, and
 * `url()` takes only that address: a declared URL that was not mapped throws `RangeError`.
 */
export const simulated = defineProvider({
  type: "simulated",
  defaultUrl: "simulated://vendor",
  summary: "The built-in fake, for trying out and for tests.",
  formats: openai.formats,
  url: joinUpstreamUrl,
  authorize: openai.authorize,
  errors: [],
  discovery: openai.discovery,
  traits: { customTools: true },
});
