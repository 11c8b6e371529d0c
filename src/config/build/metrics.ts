import type { MetricsConfig } from "../config.ts";
import type { Report } from "../problem.ts";
import type { MetricsFile } from "../schema/operations_file.ts";
import { parseListen } from "./network.ts";
import type { SecretResolver } from "./secrets.ts";

/** Makes `metrics`; reports an address that is none. Undefined: what stands there was reported before. */
export function buildMetrics(
  file: MetricsFile | undefined,
  secrets: SecretResolver,
  report: Report,
): MetricsConfig {
  if (file === undefined) return { enabled: false, listen: undefined, tokens: undefined };
  const listen = file.listen === undefined ? undefined : parseListen(file.listen);
  if (file.listen !== undefined && listen === undefined) {
    report.problem(["metrics", "listen"], 'must be "HOST:PORT", such as "10.0.0.5:9283" or "[::1]:9283"');
  }
  const { enabled, token } = file;
  const tokens = token === undefined ? undefined : secrets.resolve(token, ["metrics", "token"]);
  return { enabled, listen, tokens };
}
