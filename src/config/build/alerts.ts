import type { AlertsConfig, WebhookConfig } from "../telemetry_config.ts";
import type { Report } from "../problem.ts";
import { alertPolicyLayer, type AlertsFile } from "../schema/operations_file.ts";
import type { SecretResolver } from "./secrets.ts";

/** Makes `alerts`; reports addresses that cannot be called. Undefined: what stands there was reported before. */
export function buildAlerts(
  file: AlertsFile | undefined,
  secrets: SecretResolver,
  report: Report,
): AlertsConfig {
  if (file === undefined) return { policy: {}, file: true, webhooks: [] };
  const webhooks = file.webhooks.flatMap(({ type, url }, index): WebhookConfig[] => {
    const path = ["alerts", "webhooks", index, "url"];
    return secrets.resolve(url, path).map((secret) => {
      if (!isWebAddress(secret.reveal())) {
        report.problem(path, "leads to no address that begins with https:// or http://");
      }
      return { type, url: secret };
    });
  });
  return { policy: alertPolicyLayer(file), file: file.file, webhooks };
}

function isWebAddress(text: string): boolean {
  const protocol = URL.parse(text)?.protocol;
  return protocol === "https:" || protocol === "http:";
}
