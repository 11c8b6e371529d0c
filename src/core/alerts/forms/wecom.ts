import { alertText, saysZero, type WebhookForm } from "../webhook_form.ts";

/** Longest text that the bot takes, in bytes of UTF-8 (developer.work.weixin.qq.com, "Group bot", text). */
const MAX_TEXT_BYTES = 2048;

/** A group bot of WeCom. */
export const wecom: WebhookForm = {
  type: "wecom",
  summary: "a text message for a group bot of WeCom",
  body: (alert) => ({ msgtype: "text", text: { content: clipped(alertText(alert)) } }),
  accepts: (answer) => saysZero(answer, "errcode"),
};

/** Cut between two characters, never within one. */
function clipped(text: string): string {
  const bytes = new Uint8Array(MAX_TEXT_BYTES);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}
