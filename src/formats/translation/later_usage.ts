import type { ChatUsage } from "../../core/chat.ts";

/** The later counts, and of the earlier ones those that are told no more. */
export function laterUsage(earlier: ChatUsage | undefined, later: ChatUsage): ChatUsage {
  const told = Object.entries(later).filter(([, count]) => count !== undefined);
  return { ...later, ...earlier, ...Object.fromEntries(told) };
}
