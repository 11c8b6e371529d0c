/** First generation whose models take a thinking level and insist on signatures of thought (Google, "Thought signatures"). */
const LEVELS_FROM = 3;

/**
 * Whether a model is of the third generation or later: those think by level and refuse a tool call of the current
 * turn without a signature. Names that end in `-latest` mean the newest.
 */
export function isThirdGeneration(model: string): boolean {
  const generation = /gemini-(\d+)/.exec(model)?.[1];
  return generation === undefined ? /gemini.*-latest$/.test(model) : Number(generation) >= LEVELS_FROM;
}
