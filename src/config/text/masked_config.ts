import type { Steps } from "../../core/time/steps.ts";
import { Document } from "./document.ts";
import { Excerpt } from "./excerpt.ts";

/** A config's text as it may be shown: secrets masked, comments left out (they may hold one), every line in its place. */
export function* maskedConfig(text: string): Steps<string> {
  const { source, readable } = yield* Document.read(text);
  return yield* new Excerpt(source, readable).whole();
}
