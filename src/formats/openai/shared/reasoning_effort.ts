import type { ChatReasoning } from "../../../core/chat.ts";

type Effort = NonNullable<ChatReasoning["effort"]>;

/** OpenAI's words, from little to much; `none`, for no thought at all, stands beside them. */
const EFFORTS: readonly Effort[] = ["minimal", "low", "medium", "high", "xhigh", "max"];

/** Most tokens of thought that a word stands for: our own choice, because no vendor tells such numbers. */
const BUDGETS: readonly (readonly [tokens: number, effort: Effort])[] = [
  [2048, "low"],
  [8192, "medium"],
  [Infinity, "high"],
];

/** How hard OpenAI's word asks to think; undefined for a word that is not OpenAI's. */
export function readEffort(word: string): ChatReasoning | undefined {
  if (word === "none") return { enabled: false };
  const effort = EFFORTS.find((known) => known === word);
  return effort && { effort };
}

/** OpenAI's word, or undefined for the vendor's default. `fromBudget`: a number of tokens had to be told as a word. */
export function writeEffort(
  reasoning: ChatReasoning,
): { readonly word: string | undefined; readonly fromBudget: boolean } {
  const { enabled, effort, budgetTokens } = reasoning;
  if (enabled === false || (effort === undefined && budgetTokens === 0)) {
    return { word: "none", fromBudget: false };
  }
  if (effort !== undefined || budgetTokens === undefined) return { word: effort, fromBudget: false };
  return { word: BUDGETS.find(([tokens]) => budgetTokens <= tokens)?.[1], fromBudget: true };
}
