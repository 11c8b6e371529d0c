/** A word of at most twelve characters with the white space before it, or one CJK character, or trailing white space. */
const TOKEN =
  /\s*(?:[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,12})|\s+/gu;

/** Splits a text into pieces of about a token each; joined, they are the text again. No surrogate pair is split. */
export function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** About how many tokens a text has, by its length alone: prompts may be megabytes. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The text's first `limit` characters, never half a surrogate pair, with `…` where something was left out. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit)}…`;
}
