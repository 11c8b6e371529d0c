import * as z from "zod";
import { OUTCOME_CLASSES } from "../../../core/outcome.ts";
import { RELAY_PRESETS } from "../../../providers/relays/relay_presets.ts";
import { MAX_LIST, object, says, summaries, word } from "../fields.ts";
import { statuses } from "./statuses.ts";

/** Names of the presets, by which a config asks for them. */
type PresetName = keyof typeof RELAY_PRESETS;

// The keys of an object literal of ours are its names.
const PRESET_NAMES = Object.keys(RELAY_PRESETS) as PresetName[];

/** What an answer may be said to be: everything but a success, a client that left, and a host that never answered. */
const CLASSES = OUTCOME_CLASSES.filter((name) =>
  name !== "ok" && name !== "client_gone" && name !== "unreachable"
);

const part = (what: string) => z.string().min(1).max(500).optional().describe(what);

const row = object({
  status: statuses().optional().describe('Status, range such as "500-599", or a list of them.'),
  code: part("The body's machine-readable code or type, exactly, whatever its case."),
  text: part("Text that the body's message contains, whatever its case."),
  class: word(CLASSES).describe("What it is; docs/health.md tells what each class does."),
});

const presets = PRESET_NAMES.map((type) => ({ type, summary: RELAY_PRESETS[type].summary }));

/** A pool's own reading of its upstreams' errors. */
export const errors = z.array(
  z.union([word(PRESET_NAMES), row], {
    error: says(
      'must be the name of a preset, or an object such as { "status": 429, "class": "quota_spent" }',
    ),
  }),
).max(MAX_LIST).default([]).describe(
  `What its upstreams' errors mean, before the built-in table; the first entry whose conditions all hold decides. Presets: ${
    summaries(presets)
  }`,
);

/** The list as it comes out of the schema. */
export type ErrorsFile = z.output<typeof errors>;
