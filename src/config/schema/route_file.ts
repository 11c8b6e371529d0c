import * as z from "zod";
import { model, object, says, weight } from "./fields.ts";
import { editFields } from "./edits/edit_fields.ts";
import { settingsFields } from "./settings_fields.ts";

const targetText = z.string({ error: says('must be "pool/model" or "pool/*"') }).regex(
  /^[^/\s]+\/[^\s\p{Cc}"\\]{1,256}$/u,
  { error: says('must be "pool/model", or "pool/*" for the name the client asked for') },
);

const target = z.union([
  targetText,
  object({
    to: targetText.describe('"pool/model", or "pool/*" for the name the client asked for.'),
    weight: weight().default(1).describe("Share within the tier; 0 takes no new traffic."),
  }),
], { error: says('must be "pool/model" or an object such as { "to": "pool/model", "weight": 2 }') });

const tiers = z.array(z.array(target).min(1).max(1000)).min(1).max(100);

/** A route as the file has it. */
export const routeFile = object({
  model: model().describe('The public name: exact, a pattern such as "gpt-*", or "*".'),
  to: z.union([targetText, tiers], {
    error: says('must be "pool/model", or tiers of targets such as [["a/x", "b/x"], ["c/x"]]'),
  }).describe(
    'Where it leads: one "pool/model", or tiers of targets: [["first", "shares"], ["only when the first tier cannot"]].',
  ),
  enabled: z.boolean().default(true).describe("false switches the route off."),
  ...settingsFields,
  ...editFields,
}).describe("A public model name and where it leads.");

/** A route as it comes out of the schema. */
export type RouteFile = z.output<typeof routeFile>;
