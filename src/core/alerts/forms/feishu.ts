import { alertText, saysZero, type WebhookForm } from "../webhook_form.ts";

/** A custom bot of Feishu or Lark (open.feishu.cn, "Custom bot usage guide"). */
export const feishu: WebhookForm = {
  type: "feishu",
  summary: "a text message for a custom bot of Feishu or Lark",
  body: (alert) => ({ msg_type: "text", content: { text: alertText(alert) } }),
  accepts: (answer) => saysZero(answer, "code") || saysZero(answer, "StatusCode"),
};
