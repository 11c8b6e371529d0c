import { JsonEdits } from "../../core/bytes/json_edit.ts";
import type { Edits, EditScope, HeaderEdit, ParameterEdit } from "../../core/edits/edits.ts";
import { matcherOf } from "../../core/pattern.ts";
import type { AccountFields, EditRules, HeaderRule, ParameterRule, RuleScope } from "./edit_rules.ts";
import { parseTemplate } from "./header_template.ts";

/** Edits by the rules they were made from: one object for all endpoints and candidates of a pool or route. */
const made = new WeakMap<EditRules, Edits>();

/** Makes rules ready to be applied; undefined where they change nothing. */
export function compiledEdits(rules: EditRules | undefined): Edits | undefined {
  if (rules === undefined) return undefined;
  let edits = made.get(rules);
  if (edits === undefined) {
    edits = {
      parameters: rules.parameters.map(parameterEdit),
      request: rules.requestHeaders.map(headerEdit),
      response: rules.responseHeaders.map(headerEdit),
    };
    made.set(rules, edits);
  }
  return edits;
}

/** `edits` with the account's fields sent before all else, so that a rule may still change them. */
export function withAccount(edits: Edits | undefined, account: AccountFields): Edits | undefined {
  const { organization, project } = account;
  const set: HeaderEdit["set"] = [
    ...(organization === undefined ? [] : [["openai-organization", [organization]] as const]),
    ...(project === undefined ? [] : [["openai-project", [project]] as const]),
  ];
  if (set.length === 0) return edits;
  const { parameters = [], request = [], response = [] } = edits ?? {};
  return { parameters, request: [{ ...EVERYWHERE, set, remove: [] }, ...request], response };
}

const EVERYWHERE: EditScope = { models: undefined, formats: undefined };

function scopeOf({ models, formats }: RuleScope): EditScope {
  return { models: models && matcherOf(models), formats: formats && new Set(formats) };
}

function parameterEdit(rule: ParameterRule): ParameterEdit {
  const edits = new JsonEdits();
  for (const [path, value] of Object.entries(rule.set)) edits.add("set", path.split("."), value);
  for (const [path, value] of Object.entries(rule.default)) edits.add("default", path.split("."), value);
  for (const path of rule.delete) edits.add("delete", path.split("."));
  return { ...scopeOf(rule), edits };
}

function headerEdit(rule: HeaderRule): HeaderEdit {
  const set = Object.entries(rule.set).map(([name, text]) => {
    const template = parseTemplate(text);
    if ("unknown" in template) {
      throw new RangeError(`Cannot fill in a header: no variable ${template.unknown}`);
    }
    return [name, template] as const;
  });
  return { ...scopeOf(rule), set, remove: rule.remove };
}
