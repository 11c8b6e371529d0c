/**
 * Members of a chat request that the Responses format has under the same name and with the same meaning (OpenAI's
 * API reference of both).
 */
export const SHARED_MEMBERS: readonly string[] = [
  "metadata",
  "store",
  "prompt_cache_key",
  "prompt_cache_retention",
  "prompt_cache_options",
  "safety_identifier",
];
