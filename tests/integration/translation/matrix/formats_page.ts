import { SHARED_MEMBERS } from "../../../../src/formats/openai/shared/shared_members.ts";
import { HUB_FIELDS, type HubField } from "../../../../src/formats/translation/translation.ts";
import { CLIENTS } from "../../../support/clients/clients.ts";
import { type Scenario, SCENARIOS } from "../../../support/vendors/scenario.ts";
import { VENDORS } from "../../../support/vendors/vendors.ts";
import type { CellOutcome } from "./outcomes.ts";
import { FORMATS } from "./readiness.ts";

const BEGIN = "<!-- generated: begin -->";
const END = "<!-- generated: end -->";

/** The outcomes of all pairs, by `client → vendor`. */
export type Matrix = ReadonlyMap<string, ReadonlyMap<Scenario, CellOutcome>>;

/** The page with its generated part made anew; throws where a marker is missing. */
export function withGenerated(page: string, matrix: Matrix): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/formats.md must hold '${BEGIN}' and '${END}'`);
  const generated = [matrixSection(matrix), fieldsSection(), ownMembersSection()].join("\n\n");
  return `${page.slice(0, from + BEGIN.length)}\n\n${generated}\n\n${page.slice(to)}`;
}

const HEADINGS: Readonly<Record<Scenario, string>> = {
  plain: "plain",
  streamed: "streamed",
  sampling: "sampling",
  tools: "tools",
  "parallel_tools": "parallel tools",
  image: "image",
  structured: "structured",
  thinking: "thinking",
  "long_context": "1 MB",
  "error_400": "400",
  "error_401": "401",
  "error_429": "429",
  "error_500": "500",
  abort: "abort",
  cut: "cut",
};

function matrixSection(matrix: Matrix): string {
  const rows = CLIENTS.flatMap((client) =>
    VENDORS.map((vendor) => {
      const name = `${client.name} → ${vendor.name}`;
      const cells = SCENARIOS.map((scenario) => word(matrix.get(name)?.get(scenario)));
      return `| ${name} | ${cells.join(" | ")} |`;
    })
  );
  const notes = [...matrix].flatMap(([name, outcomes]) =>
    [...outcomes].flatMap(([scenario, outcome]) => {
      const note = noteOf(outcome);
      return note === undefined ? [] : [`- ${name}, ${HEADINGS[scenario]}: ${note}.`];
    })
  );
  return [
    "## The matrix",
    "",
    "Rows are the SDK that asks and the format that answers. `pass`: the application saw all that the vendor said, with its numbers.",
    "`loss`: the same, and the answer's `x-tidegate-dropped` named what was left out. `refused`: a 400 that names the field.",
    "",
    `| client → vendor | ${SCENARIOS.map((scenario) => HEADINGS[scenario]).join(" | ")} |`,
    `|---|${SCENARIOS.map(() => "---").join("|")}|`,
    ...rows,
    ...(notes.length === 0 ? [] : ["", "Left out or refused in these cells:", "", ...notes]),
  ].join("\n");
}

function word(outcome: CellOutcome | undefined): string {
  return outcome === undefined || outcome.kind === "pending" ? "not yet" : outcome.kind;
}

function noteOf(outcome: CellOutcome): string | undefined {
  if (outcome.kind === "loss") return `without ${outcome.fields.map((field) => `\`${field}\``).join(", ")}`;
  return outcome.kind === "refused" ? outcome.reason : undefined;
}

/** Formats with a chat translation, in the order of their registration. */
function chatFormats() {
  return FORMATS.all.flatMap(({ type, chat }) => chat === undefined ? [] : [{ type, chat }]);
}

function fieldsSection(): string {
  const formats = chatFormats();
  // The entries of HUB_FIELDS are its fields.
  const rows = (Object.entries(HUB_FIELDS) as [HubField, string][]).map(([field, meaning]) =>
    `| ${meaning} | ${formats.map(({ chat }) => `\`${chat.fieldNames[field] ?? field}\``).join(" | ")} |`
  );
  const spelt = formats.map(({ type }) => `\`${type}\``);
  return [
    "## Fields that a translation may leave out",
    "",
    "Only these, and only where the format behind has no place for them. `x-tidegate-dropped` spells them as the client does.",
    "",
    `| what | ${spelt.length === 0 ? "not yet" : spelt.join(" | ")} |`,
    `|---|${spelt.length === 0 ? "---" : spelt.map(() => "---").join("|")}|`,
    ...(spelt.length === 0 ? [] : rows),
    "",
    `Members that only OpenAI's formats have are told by their own names: ${
      SHARED_MEMBERS.map((name) => `\`${name}\``).join(", ")
    }.`,
  ].join("\n");
}

function ownMembersSection(): string {
  const lines = chatFormats().flatMap(({ type, chat }) => {
    const named = (what: "drop" | "refuse") =>
      Object.entries(chat.ownMembers).filter(([, fate]) => fate === what).map(([name]) => `\`${name}\``)
        .sort();
    const [dropped, refused] = [named("drop"), named("refuse")];
    return [
      `| \`${type}\` | ${dropped.join(", ") || "nothing"} | ${refused.join(", ") || "nothing by name"} |`,
    ];
  });
  return [
    "## Members that one format alone knows",
    "",
    "They pass untouched where the same format answers. Where another one does, those below are left out or refused; members named",
    "nowhere here are refused.",
    "",
    "| format | left out | refused |",
    "|---|---|---|",
    ...lines,
  ].join("\n");
}
