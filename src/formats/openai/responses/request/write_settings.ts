import type { ChatReasoning, ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { compact, ownMembersOf } from "../wire.ts";

/** The least budget of thought, in tokens, that each effort stands for: our own steps, as no vendor tells any. */
const EFFORTS_BY_BUDGET = [[16_384, "high"], [4096, "medium"], [0, "low"]] as const;

/** Name of a schema that came without one: the vendor wants one. */
const SCHEMA_NAME = "answer";

/** Writes `text`: the shape of the answer and how wordy it is. */
export function writeText(request: ChatRequest): JsonObject | undefined {
  const text = compact({
    format: writeFormat(request.output),
    verbosity: request.openai?.verbosity,
    ...nestedOwn(request, "text"),
  });
  return Object.keys(text).length === 0 ? undefined : text;
}

function writeFormat(output: ChatRequest["output"]): JsonObject | undefined {
  if (output === undefined) return undefined;
  if (output.kind === "json") return { type: "json_object" };
  return compact({
    type: "json_schema",
    name: output.name ?? SCHEMA_NAME,
    description: output.description,
    schema: output.schema,
    strict: output.strict,
  });
}

/** Writes `reasoning`; a budget becomes the effort it stands for. */
export function writeReasoningWish(request: ChatRequest): JsonObject | undefined {
  const wish = request.reasoning;
  const reasoning = compact({
    effort: wish && effortOf(wish),
    summary: wish?.summary ?? (wish?.show === true && wish.enabled !== false ? "auto" : undefined),
    ...nestedOwn(request, "reasoning"),
  });
  return Object.keys(reasoning).length === 0 ? undefined : reasoning;
}

function effortOf({ enabled, effort, budgetTokens }: ChatReasoning): string | undefined {
  if (enabled === false) return "none";
  if (effort !== undefined || budgetTokens === undefined) return effort;
  return EFFORTS_BY_BUDGET.find(([least]) => budgetTokens >= least)?.[1];
}

/** Members that only this format knows and that stand in `path`. */
function nestedOwn(request: ChatRequest, path: string): JsonObject {
  const prefix = `${path}.`;
  return Object.fromEntries(
    Object.entries(ownMembersOf(request))
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}
