import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatReasoning } from "../../../../core/chat.ts";
import type { Writing } from "./writing.ts";

type Effort = NonNullable<ChatReasoning["effort"]>;

/** Fewest tokens of thought that the vendor takes, by its extended thinking page. */
const MIN_BUDGET_TOKENS = 1024;

/**
 * Tokens of thought that stand for an effort at models which take no effort. No vendor tells a table: each step
 * is twice to four times the one before, from the least that is taken to what the thinking page calls rarely exceeded.
 */
const BUDGETS: readonly (readonly [Effort, number])[] = [
  ["minimal", MIN_BUDGET_TOKENS],
  ["low", 2048],
  ["medium", 8192],
  ["high", 16_384],
  ["xhigh", 24_576],
  ["max", 32_768],
];

/** Effort where thinking is wanted and nobody says how much. */
const DEFAULT_EFFORT: Effort = "medium";

/** How the model is told to think. */
export interface WrittenThinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

/** What in a request decides whether it may think. */
export interface ThinkingRoom {
  readonly maxTokens: number;
  /** A tool must be used: the vendor takes no `any` and `tool` while it thinks. */
  readonly isForced: boolean;
  /** A tool's answer is to be thought over whose call came without thoughts: with a budget the vendor refuses that. */
  readonly lacksThoughts: boolean;
}

/** Writes `thinking` and `output_config.effort` for the model; tells what cannot be had. */
export function writeThinking(
  reasoning: ChatReasoning | undefined,
  own: JsonObject,
  room: ThinkingRoom,
  writing: Writing,
): WrittenThinking {
  if (writing.isOwn) return asTold(reasoning, own);
  if (reasoning === undefined) return {};
  const { claude, losses } = writing;
  if (reasoning.enabled === false) {
    if (claude.alwaysThinks) losses.drop("reasoning");
    else if (claude.thinking !== "none") return { thinking: { type: "disabled" } };
    return {};
  }
  const { effort, budgetTokens } = reasoning;
  if (effort === undefined && budgetTokens === undefined && reasoning.enabled !== true) return {};
  if (claude.thinking === "none") return losses.drop("reasoning"), {};
  if (room.isForced && !claude.alwaysThinks) {
    losses.drop("reasoning");
    return claude.thinksByDefault ? { thinking: { type: "disabled" } } : {};
  }
  const isBudget = claude.thinking === "budget" ||
    (claude.thinking === "budget_or_adaptive" && budgetTokens !== undefined && effort === undefined);
  return isBudget ? byBudget(reasoning, room, writing) : adaptively(reasoning, writing);
}

/** What a client of this format said, in its words. */
function asTold(reasoning: ChatReasoning | undefined, own: JsonObject): WrittenThinking {
  const { enabled, effort, budgetTokens } = reasoning ?? {};
  const type = own["thinking.type"] ??
    (enabled === false ? "disabled" : budgetTokens === undefined ? "adaptive" : "enabled");
  const thinking = enabled === undefined
    ? undefined
    : { type, ...budgetMember(budgetTokens), ...display(reasoning), ...undotted("thinking", own) };
  return { ...(thinking && { thinking }), ...(effort === undefined ? {} : { effort }) };
}

function adaptively(reasoning: ChatReasoning, { claude, losses }: Writing): WrittenThinking {
  const { effort, budgetTokens } = reasoning;
  if (budgetTokens !== undefined) losses.drop("reasoning", "budget");
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens));
  const taken = wanted && nearestEffort(wanted, claude.efforts);
  if (effort !== undefined && taken !== effort) losses.drop("reasoning", effort);
  return {
    thinking: { type: "adaptive", ...display(reasoning) },
    ...(taken === undefined ? {} : { effort: taken }),
  };
}

function byBudget(
  reasoning: ChatReasoning,
  room: ThinkingRoom,
  { claude, losses }: Writing,
): WrittenThinking {
  const { effort, budgetTokens } = reasoning;
  if (room.lacksThoughts || room.maxTokens <= MIN_BUDGET_TOKENS) return losses.drop("reasoning"), {};
  // What effort stands for leaves half of the answer's tokens for the answer.
  const wanted = budgetTokens === undefined
    ? Math.min(budgetOf(effort ?? DEFAULT_EFFORT), Math.floor(room.maxTokens / 2))
    : Math.min(Math.floor(budgetTokens), room.maxTokens - 1);
  const budget = Math.max(MIN_BUDGET_TOKENS, wanted);
  const taken = effort && nearestEffort(effort, claude.efforts);
  return {
    thinking: { type: "enabled", ...budgetMember(budget), ...display(reasoning) },
    ...(taken === undefined ? {} : { effort: taken }),
  };
}

function display({ show }: ChatReasoning = {}): JsonObject {
  return show === undefined ? {} : { display: show ? "summarized" : "omitted" };
}

function budgetMember(budgetTokens: number | undefined): JsonObject {
  return budgetTokens === undefined ? {} : { ["budget_tokens"]: budgetTokens };
}

/** The last effort whose budget is not above the tokens. */
function effortOf(budgetTokens: number): Effort {
  return BUDGETS.findLast(([, budget]) => budget <= budgetTokens)?.[0] ?? "low";
}

function budgetOf(effort: Effort): number {
  return BUDGETS.find(([word]) => word === effort)?.[1] ?? MIN_BUDGET_TOKENS;
}

/** The word itself, else the next weaker one that is taken, else the weakest. */
function nearestEffort(effort: Effort, taken: readonly string[]): string | undefined {
  const rank = BUDGETS.findIndex(([word]) => word === effort);
  const weaker = BUDGETS.slice(0, rank + 1).findLast(([word]) => taken.includes(word));
  return weaker?.[0] ?? taken[0];
}

/** Members under a prefix, by their own names again; the type is written apart. */
export function undotted(prefix: string, members: JsonObject): JsonObject {
  const start = `${prefix}.`;
  return Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => name.startsWith(start) && name !== "thinking.type")
      .map(([name, value]) => [name.slice(start.length), value]),
  );
}
