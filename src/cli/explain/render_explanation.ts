import type { ExplainedCandidate, ExplainedTier, Explanation } from "../../gateway/explain.ts";
import { visibleText } from "../records/visible_text.ts";

/** Most candidates shown one by one; of a large pool the rest are counted by reason. */
const MAX_SHOWN = 40;

/** An explanation for a person: the answer first, then every tier and candidate with its reason. */
export function renderExplanation(explanation: Explanation): string {
  const lines = [explanation.summary];
  if (explanation.route !== null) lines.push(`Route  ${explanation.route}`);
  explanation.tiers.forEach((tier, at) => lines.push("", ...tierLines(tier, at + 1)));
  if (explanation.sharedLimits.length > 0) lines.push("", "Found to share a limit");
  for (const { keys, coincidences } of explanation.sharedLimits) {
    lines.push(`    keys ${keys.join(", ")} (${coincidences} coincidences)`);
  }
  return `${lines.map((line) => visibleText(line)).join("\n")}\n`;
}

function tierLines(tier: ExplainedTier, number: number): string[] {
  const lines = [`Tier ${number}  by ${tier.strategy}${tier.panic ? ", in panic: health is ignored" : ""}`];
  if (tier.pick === null && tier.soonestMs !== null) {
    lines.push(`  back in ${seconds(tier.soonestMs)} at the earliest`);
  }
  const shown = tier.candidates.slice(0, MAX_SHOWN);
  for (const candidate of shown) lines.push(`  ${candidateLine(candidate, tier)}`);
  const rest = tier.candidates.slice(MAX_SHOWN);
  if (rest.length > 0) lines.push(`  and ${rest.length} more: ${counted(rest)}`);
  return lines;
}

function candidateLine(candidate: ExplainedCandidate, { pick }: ExplainedTier): string {
  const isPick = pick?.endpoint === candidate.endpoint && pick.model === candidate.model;
  const key = candidate.key === null ? "" : ` key ${candidate.key}`;
  const detail = candidate.detail === null ? "" : ` (${candidate.detail})`;
  const back = candidate.backInMs === null ? "" : `, back in ${seconds(candidate.backInMs)}`;
  return `${isPick ? "→" : " "} ${candidate.pool}/${candidate.upstream}${key} ${candidate.model ?? ""}: ` +
    `${candidate.reason}${detail}${back}`;
}

function counted(candidates: readonly ExplainedCandidate[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of candidates) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
}

function seconds(durationMs: number): string {
  return `${Math.ceil(durationMs / 1000)} s`;
}
