import { SIMULATED_MODELS } from "../providers/simulated/simulated_models.ts";

/**
 * The config that is in force where no file is: one pool of two simulated upstreams, so that the first request
 * is answered without a key or a network. JSONC, as a person would write it.
 */
export function builtInConfigText(): string {
  return `// Without a config file Tidegate serves this pool: two vendors that are built in and only simulated.
// Write your own with: tidegate init --from-env
{
  "pools": [
    {
      "name": "simulated",
      "provider": "simulated",
      "upstreams": [
        { "name": "one", "url": "simulated://one?latency=150ms&tokensPerSecond=60" },
        { "name": "two", "url": "simulated://two?latency=300ms&tokensPerSecond=40" }
      ],
      "models": ${JSON.stringify(SIMULATED_MODELS).replaceAll(",", ", ")}
    }
  ]
}
`;
}
