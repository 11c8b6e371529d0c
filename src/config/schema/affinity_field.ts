import * as z from "zod";
import { AFFINITY_KINDS, type AffinityPolicy, slidesByDefault } from "../../balancing/affinity_policy.ts";
import { duration, object, says, word } from "./fields.ts";

const DAY_MS = 86_400_000;

const policy = object({
  by: word(AFFINITY_KINDS).describe(
    "What makes two requests belong together. prefix: the opening of the conversation, so that the vendor's prompt " +
      "cache is met. session: the fields by which clients name their sessions. ip: the client's address. " +
      "tenant: the tenant. header: a request field.",
  ),
  name: z.string({ error: says("must be the name of a request field") })
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, { error: says("must be the name of a request field") })
    .optional().describe("The request field, where by is header."),
  ttl: duration(1000, 30 * DAY_MS).prefault("300s").describe("How long an assignment lasts (default 300s)."),
  sliding: z.boolean().optional().describe(
    "true: every use starts the time anew (default for prefix, session, header); false: it counts from the first " +
      "assignment (default for ip, tenant).",
  ),
}).superRefine(({ by, name }, context) => {
  const message = by === "header" && name === undefined
    ? 'is required: which request field, such as "x-user-id"'
    : by !== "header" && name !== undefined
    ? 'belongs to "by": "header" alone'
    : undefined;
  if (message !== undefined) context.addIssue({ code: "custom", path: ["name"], message });
});

/** The setting `affinity`. */
export const affinityField = z.union([word(["off"]), policy], {
  error: says('must be "off" or an object such as { "by": "prefix", "ttl": "300s" }'),
}).describe(
  "Keeps requests that belong together on one endpoint, while that one can serve and does not bear more than its " +
    'share. Default { "by": "prefix" }.',
);

/** Gives the setting its names with units. */
export function affinityLayer(
  file: z.output<typeof affinityField> | undefined,
): AffinityPolicy | "off" | undefined {
  if (file === undefined || file === "off") return file;
  const { by, name, ttl, sliding } = file;
  return {
    by,
    ttlMs: ttl,
    sliding: sliding ?? slidesByDefault(by),
    ...(name === undefined ? {} : { header: name.toLowerCase() }),
  };
}
