import { JsonEdits } from "../../../core/bytes/json_edit.ts";
import { EDIT_VARIABLES } from "../../../core/edits/edits.ts";
import type { EditRules, HeaderRule, ParameterRule } from "../../../upstream/edits/edit_rules.ts";
import { headerNameFault, type HeaderSide } from "../../../upstream/edits/header_names.ts";
import { parseTemplate } from "../../../upstream/edits/header_template.ts";
import type { Report } from "../../problem.ts";
import type { EditsFile, HeaderRuleFile, ParameterRuleFile } from "../../schema/edits/edit_fields.ts";
import type { Path } from "../../text/document.ts";
import { nearest } from "../../text/nearest.ts";

/** Most members on the way to one that is edited: no vendor nests its parameters deeper. */
const MAX_PATH_STEPS = 16;

/** Longest value of a header field, its variables not filled in. */
const MAX_VALUE_LENGTH = 4096;

/** Members that routing, limits and the reading of answers hang on. */
const FIXED_MEMBERS = ["model", "stream"];

/** Makes the edits of a pool or a route; reports paths, names and values that cannot be. Undefined: there are none. */
export function buildEdits(file: EditsFile, path: Path, report: Report): EditRules | undefined {
  const { parameters, headers } = file;
  if (parameters === undefined && headers === undefined) return undefined;
  const headerRules = (side: HeaderSide) =>
    listed(headers?.[side], [...path, "headers", side])
      .map(([rule, at]) => buildHeaderRule(rule, side, at, report));
  return {
    parameters: listed(parameters, [...path, "parameters"])
      .map(([rule, at]) => buildParameterRule(rule, at, report)),
    requestHeaders: headerRules("request"),
    responseHeaders: headerRules("response"),
  };
}

/** Each rule and where it stands; a rule alone is a list of one. */
function listed<T extends object>(rules: T | T[] | undefined, path: Path): (readonly [T, Path])[] {
  if (rules === undefined) return [];
  return Array.isArray(rules) ? rules.map((rule, at) => [rule, [...path, at]]) : [[rules, path]];
}

function buildParameterRule(file: ParameterRuleFile, path: Path, report: Report): ParameterRule {
  const rule = {
    ...{ set: file.set ?? {}, default: file.default ?? {}, delete: file.delete ?? [] },
    ...{ models: file.models, formats: file.formats },
  };
  const edits = new JsonEdits();
  const check = (kind: "set" | "default" | "delete", member: string, at: Path, value?: unknown) => {
    const pointing = kind === "delete" ? "value" : "name";
    const steps = member.split(".");
    const fault = pathFault(steps);
    if (fault !== undefined) report.problem(at, fault, undefined, pointing);
    else if (!edits.add(kind, steps, value)) {
      report.problem(
        at,
        "another edit of this rule is about this member, or part of it",
        "keep one",
        pointing,
      );
    }
    if (holdsRoundedNumber(value)) {
      report.problem(at, "holds a whole number that cannot be kept exactly", "write it as a text");
    }
  };
  for (const [member, value] of Object.entries(rule.set)) {
    check("set", member, [...path, "set", member], value);
  }
  for (const [member, value] of Object.entries(rule.default)) {
    check("default", member, [...path, "default", member], value);
  }
  for (const [at, member] of rule.delete.entries()) check("delete", member, [...path, "delete", at]);
  return rule;
}

function pathFault(steps: readonly string[]): string | undefined {
  if (steps.some((step) => step === "")) return 'has an empty name; write a path such as "metadata.team"';
  if (steps.length > MAX_PATH_STEPS) return `leads more than ${MAX_PATH_STEPS} members deep`;
  if (steps.some((step) => !/^[^\p{Cc}]{1,100}$/u.test(step) || step === "__proto__")) {
    return "holds a name that no member has";
  }
  // Some servers read names whatever their case.
  const first = (steps[0] ?? "").toLowerCase();
  if (!FIXED_MEMBERS.includes(first)) return undefined;
  return first === "model"
    ? "cannot be changed here: the target of a route says which model is asked for"
    : "cannot be changed: the client decides whether its answer is streamed";
}

function holdsRoundedNumber(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsRoundedNumber);
}

function buildHeaderRule(file: HeaderRuleFile, side: HeaderSide, path: Path, report: Report): HeaderRule {
  const set: Record<string, string> = {};
  for (const [written, value] of Object.entries(file.set ?? {})) {
    const name = written.toLowerCase();
    const at = [...path, "set", written];
    const fault = headerNameFault(name, side);
    if (fault !== undefined) report.problem(at, fault, undefined, "name");
    else if (Object.hasOwn(set, name)) report.problem(at, "comes twice", "keep one", "name");
    else set[name] = value;
    reportValue(value, at, report);
  }
  const remove = (file.remove ?? []).map((written, at) => {
    const name = written.toLowerCase();
    const fault = headerNameFault(name, side);
    if (fault !== undefined) report.problem([...path, "remove", at], fault);
    return name;
  });
  return { set, remove, models: file.models, formats: file.formats };
}

function reportValue(value: string, path: Path, report: Report): void {
  if (value.length > MAX_VALUE_LENGTH || !/^[\x20-\x7e]*$/.test(value)) {
    report.problem(path, `must be at most ${MAX_VALUE_LENGTH} visible ASCII characters and spaces`);
    return;
  }
  const template = parseTemplate(value);
  if (!("unknown" in template)) return;
  const meant = nearest(template.unknown, EDIT_VARIABLES);
  const hint = meant === undefined
    ? `variables: ${EDIT_VARIABLES.join(", ")}`
    : `did you mean "\${${meant}}"?`;
  report.problem(path, "holds a variable that there is not", hint);
}
