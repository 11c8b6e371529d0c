import { alertText, type WebhookForm } from "../webhook_form.ts";

/** An incoming webhook of Slack (docs.slack.dev, "Sending messages using incoming webhooks"); Mattermost and others take the same. */
export const slack: WebhookForm = {
  type: "slack",
  summary: "a text message for an incoming webhook of Slack",
  body: (alert) => ({ text: escaped(alertText(alert)) }),
  accepts: () => true,
};

/** The three signs that Slack's text has a meaning for (docs.slack.dev, "Formatting message text"). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
