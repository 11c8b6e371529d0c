import type { AccountFields, EditRules, HeaderRule, ParameterRule } from "../../upstream/edits/edit_rules.ts";
import type { Path } from "../text/document.ts";
import type { LinkConfig } from "./link_config.ts";

/** What a pool or a route may say of edits and links. */
interface Edited {
  readonly edits?: EditRules | undefined;
  readonly account?: AccountFields | undefined;
  readonly link?: LinkConfig | undefined;
}

/** Edits and links as `check --effective` shows them: what is changed, without the values, which may be secrets. */
export function editValues({ edits, account, link }: Edited): (readonly [Path, string])[] {
  const values: (readonly [Path, string | undefined])[] = [
    [["parameters"], listed(edits?.parameters, parameterText)],
    [["headers", "request"], listed(edits?.requestHeaders, headerText)],
    [["headers", "response"], listed(edits?.responseHeaders, headerText)],
    [["organization"], account?.organization],
    [["project"], account?.project],
    [["proxy"], link?.proxy],
    [["tls", "ca"], link?.ca && `${link.ca.count} (${link.ca.digest})`],
  ];
  return values.flatMap(([path, value]) => value === undefined ? [] : [[path, value] as const]);
}

/** What has changed between the edits of two configs, without values. */
export function diffEdits(before: EditRules | undefined, after: EditRules | undefined): string[] {
  const parts = ["parameters", "requestHeaders", "responseHeaders"] as const;
  return parts.filter((part) => JSON.stringify(before?.[part] ?? []) !== JSON.stringify(after?.[part] ?? []))
    .map((part) => `${part === "parameters" ? part : part.replace("Headers", " headers")} changed`);
}

function listed<T>(rules: readonly T[] | undefined, textOf: (rule: T) => string): string | undefined {
  return rules === undefined || rules.length === 0 ? undefined : rules.map(textOf).join("; ");
}

function parameterText(rule: ParameterRule): string {
  return said([["set", Object.keys(rule.set)], ["default", Object.keys(rule.default)], [
    "delete",
    rule.delete,
  ]], rule);
}

function headerText(rule: HeaderRule): string {
  return said([["set", Object.keys(rule.set)], ["remove", rule.remove]], rule);
}

function said(
  changes: readonly (readonly [string, readonly string[]])[],
  { models, formats }: ParameterRule | HeaderRule,
): string {
  const scopes = [["for", models], ["in", formats]] as const;
  return [
    ...changes.filter(([, names]) => names.length > 0).map(([what, names]) => `${what} ${names.join(", ")}`),
    ...scopes.flatMap(([what, names]) => names === undefined ? [] : [`${what} ${names.join(", ")}`]),
  ].join(" ");
}
