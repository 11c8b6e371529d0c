/** The upstreams of the demo, each with one habit. */
export const DEMO_UPSTREAMS: readonly { readonly name: string; readonly url: string }[] = [
  { name: "fast", url: "simulated://fast?latency=80ms&jitter=40ms&tokensPerSecond=120" },
  { name: "slow", url: "simulated://slow?latency=900ms&jitter=300ms&tokensPerSecond=25" },
  {
    name: "flaky",
    url: "simulated://flaky?latency=150ms&tokensPerSecond=80&errorRate=0.3&failStatus=503&cut=0.05",
  },
  { name: "limited", url: "simulated://limited?latency=100ms&tokensPerSecond=80&rateLimit=6" },
];

/** Models that the demo asks for. */
export const DEMO_MODELS: readonly string[] = ["simulated-mini", "simulated-reasoning"];

/**
 * The demo's config: one tenant with `tenantKey` and one pool of {@link DEMO_UPSTREAMS}, at the loopback addresses
 * that `urlOf` gives, so that what the vendors count can be shown beside what the gateway says.
 */
export function demoConfigText(tenantKey: string, urlOf: (declaredUrl: string) => string): string {
  return JSON.stringify({
    tenants: [{ name: "demo", keys: [tenantKey], paths: ["*"] }],
    pools: [{
      name: "demo",
      provider: "openai_compatible",
      upstreams: DEMO_UPSTREAMS.map(({ name, url }) => ({ name, url: urlOf(url) })),
      models: DEMO_MODELS,
    }],
    state: { store: "memory" },
    // Warnings about the flaky upstream are the show itself: the table tells them better.
    logs: { level: "error" },
  });
}
