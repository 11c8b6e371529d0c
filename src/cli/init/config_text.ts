/** One pool of a config that is to be written. */
export interface PoolText {
  readonly name: string;
  readonly provider: string;
  /** Undefined: the provider's own. */
  readonly url: string | undefined;
  /** Variable of the environment that holds the key. */
  readonly variable: string;
  /** Undefined: any name. */
  readonly models: readonly string[] | undefined;
}

/** A commented config with these pools. It refers to keys and never holds one. */
export function configText(pools: readonly PoolText[]): string {
  return `// Tidegate's config. Every member: docs/configuration.md. Check it with: tidegate check
// A running gateway takes a saved change over by itself; a mistake changes nothing and is told in its log.
{
  // "$schema": "./config.schema.json",   // for editors; made by: tidegate schema > config.schema.json

  // "listen": "0.0.0.0:4283",            // 127.0.0.1:4283 when left out: this machine only

  // Who may call. Without tenants the gateway makes one key and tells it at the start.
  // "tenants": [
  //   { "name": "web", "keys": ["env:TIDEGATE_WEB_KEY"], "models": ["*"] }
  // ],

  // Upstreams and keys that can stand in for each other. Keys are "env:NAME", "file:PATH" (one a line) or literal;
  // several keys share the load, and one that fails is passed over.
  "pools": [
${pools.map(poolText).join(",\n")}
  ],

  // Names that lead elsewhere: tiers of targets; a later tier only when those before it cannot.
  // "routes": [
  //   { "model": "auto", "to": [["${pools[0]?.name ?? "openai"}/MODEL"], ["OTHER_POOL/MODEL"]] }
  // ],

  // What is kept of every request, and for how long; "bodies": "metadata" keeps no prompts and no answers.
  // "records": { "bodies": "full", "keepDays": 30, "maxTotal": "10GB" },
}
`;
}

function poolText({ name, provider, url, variable, models }: PoolText): string {
  const members = [
    `"name": ${JSON.stringify(name)}`,
    `"provider": ${JSON.stringify(provider)}`,
    ...(url === undefined ? [] : [`"upstreams": [${JSON.stringify(url)}]`]),
    `"keys": ["env:${variable}"]`,
    ...(models === undefined
      ? []
      : [`"models": [${models.map((model) => JSON.stringify(model)).join(", ")}]`]),
  ];
  return `    {\n${members.map((member) => `      ${member}`).join(",\n")}\n    }`;
}
