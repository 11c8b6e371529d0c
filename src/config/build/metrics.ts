import type { MetricsConfig } from "../telemetry_config.ts";
import type { Report } from "../problem.ts";
import { parseListen } from "./network.ts";
import type { SecretResolver } from "./secrets.ts";

/**
 * Makes `metrics` of its members as the file has them; reports what its schema cannot see. A member of another kind
 * than it must be was reported before.
 */
export function buildMetrics(
  { enabled = true, listen, token }: Readonly<Record<string, unknown>>,
  secrets: SecretResolver,
  report: Report,
): MetricsConfig {
  const address = typeof listen === "string" ? parseListen(listen) : undefined;
  if (typeof listen === "string" && address === undefined) {
    report.problem(["metrics", "listen"], 'must be "HOST:PORT", such as "10.0.0.5:9283" or "[::1]:9283"');
  }
  const tokens = typeof token === "string" ? secrets.resolve(token, ["metrics", "token"]) : undefined;
  return { enabled: enabled === true, listen: address, tokens };
}
