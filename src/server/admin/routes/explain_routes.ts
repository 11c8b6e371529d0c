import { z } from "zod";
import type { ExplainQuestion, Explanation } from "../../../gateway/explain.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";

const tokens = z.number().int().min(0).max(100_000_000).optional();

const explainQuestion = z.strictObject({
  model: z.string().max(500).optional(),
  tenant: z.string().max(500).optional(),
  method: z.string().max(16).optional(),
  path: z.string().max(2000).startsWith("/").optional(),
  inputTokens: tokens,
  outputTokens: tokens,
});

/** Telling what would become of a request. */
export function explainRoutes(explain: (question: ExplainQuestion) => Explanation): AdminRoute[] {
  return [defineAdminRoute({
    method: "POST",
    path: "/admin/explain",
    summary: "What would become of a request, and why. Changes nothing.",
    operationId: "explain",
    body: explainQuestion,
    answer: z.looseObject({ summary: z.string() }),
    mutates: false,
    handle: ({ body }) => explain(body),
  })];
}
