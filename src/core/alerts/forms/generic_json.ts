import type { WebhookForm } from "../webhook_form.ts";

/** The alert's own members, for programs. */
export const genericJson: WebhookForm = {
  type: "json",
  summary: "the alert as a JSON object, for a program of your own",
  body: (alert) => ({ ...alert, pool: alert.pool ?? null }),
  accepts: () => true,
};
