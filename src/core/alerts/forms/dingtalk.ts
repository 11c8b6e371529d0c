import { alertText, saysZero, type WebhookForm } from "../webhook_form.ts";

/** A custom robot of DingTalk (open.dingtalk.com, "Custom robot access"). */
export const dingtalk: WebhookForm = {
  type: "dingtalk",
  summary: "a text message for a custom robot of DingTalk",
  body: (alert) => ({ msgtype: "text", text: { content: alertText(alert) } }),
  accepts: (answer) => saysZero(answer, "errcode"),
};
