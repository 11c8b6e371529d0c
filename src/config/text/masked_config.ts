import { Document } from "./document.ts";
import { Excerpt } from "./excerpt.ts";

/** A config's text as it may be shown: secrets masked, comments left out (they may hold one), every line in its place. */
export function maskedConfig(text: string): string {
  const { source, readable } = Document.of(text);
  return new Excerpt(source, readable).whole();
}
