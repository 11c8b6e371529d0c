import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatOutput, ChatReasoning, ChatTool, ChatToolChoice } from "../../../../core/chat.ts";
import { OWN_FORMAT } from "../signatures.ts";
import {
  cacheAt,
  isAbsent,
  malformed,
  nameAt,
  nativeOf,
  objectAt,
  optionalFlag,
  optionalNumber,
  textAt,
} from "./fields.ts";

const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;

/** Reads one tool; one with a `type` other than `custom` runs at the vendor or has its schema there. */
export function readTool(value: unknown, param: string): ChatTool {
  const tool = objectAt(value, param);
  if (!isAbsent(tool.type) && tool.type !== "custom") {
    const type = nameAt(tool.type, `${param}.type`);
    const name = isAbsent(tool.name) ? type : nameAt(tool.name, `${param}.name`);
    return { kind: "native", name, native: { format: OWN_FORMAT, members: tool } };
  }
  const { type: _type, name, description, input_schema, strict, cache_control, ...rest } = tool;
  const isStrict = optionalFlag(strict, `${param}.strict`);
  return {
    kind: "function",
    name: nameAt(name, `${param}.name`),
    ...(isAbsent(description) ? {} : { description: textAt(description, `${param}.description`) }),
    parameters: objectAt(input_schema, `${param}.input_schema`),
    ...(isStrict === undefined ? {} : { strict: isStrict }),
    ...cacheAt(cache_control, `${param}.cache_control`),
    ...nativeOf(rest),
  };
}

/** Reads `tool_choice`: which tool, and whether several at once. */
export function readToolChoice(
  value: unknown,
): { readonly toolChoice?: ChatToolChoice; readonly parallelTools?: boolean } {
  if (isAbsent(value)) return {};
  const choice = objectAt(value, "tool_choice");
  const isSingle = optionalFlag(choice.disable_parallel_tool_use, "tool_choice.disable_parallel_tool_use");
  const parallel = isSingle === true ? { parallelTools: false } : {};
  switch (choice.type) {
    case "auto":
    case "none":
      return { toolChoice: { mode: choice.type }, ...parallel };
    case "any":
      return { toolChoice: { mode: "required" }, ...parallel };
    case "tool": {
      const only = [nameAt(choice.name, "tool_choice.name")];
      return { toolChoice: { mode: "required", only }, ...parallel };
    }
    default:
      return malformed("tool_choice.type", "one of auto, any, tool and none");
  }
}

/** What `thinking` and `output_config` ask for; `own` are their members that the hub has no word for, by dotted path. */
export interface ReadReasoning {
  readonly reasoning?: ChatReasoning;
  readonly output?: ChatOutput;
  readonly own: JsonObject;
}

/** Reads `thinking` and `output_config`. */
export function readReasoning(thinking: unknown, outputConfig: unknown): ReadReasoning {
  const config = isAbsent(outputConfig) ? {} : objectAt(outputConfig, "output_config");
  const { effort: effortTold, format, ...restOfConfig } = config;
  const effort = EFFORTS.find((word) => word === effortTold);
  if (!isAbsent(effortTold) && effort === undefined) {
    malformed("output_config.effort", `one of ${EFFORTS.join(", ")}`);
  }
  const { own, ...thought } = readThinking(thinking);
  const reasoning = { ...thought, ...(effort === undefined ? {} : { effort }) };
  const output = isAbsent(format) ? undefined : readOutput(objectAt(format, "output_config.format"));
  return {
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    ...(output === undefined ? {} : { output }),
    own: { ...own, ...dotted("output_config", restOfConfig) },
  };
}

function readThinking(value: unknown): ChatReasoning & { readonly own: JsonObject } {
  if (isAbsent(value)) return { own: {} };
  const { type, budget_tokens: budget, display, ...rest } = objectAt(value, "thinking");
  const own = dotted("thinking", rest);
  const show = isAbsent(display) ? {} : { show: display !== "omitted" };
  switch (type) {
    case "disabled":
      return { enabled: false, own };
    case "adaptive":
      return { enabled: true, ...show, own };
    case "enabled": {
      const budgetTokens = optionalNumber(budget, "thinking.budget_tokens");
      if (budgetTokens === undefined) malformed("thinking.budget_tokens", "a number");
      return { enabled: true, budgetTokens, ...show, own };
    }
    default:
      // A way to think that came after us (`between_tools`): other vendors are asked to think as they do.
      return { enabled: true, own: { ...own, ["thinking.type"]: textAt(type, "thinking.type") } };
  }
}

function readOutput(format: JsonObject): ChatOutput {
  if (format.type !== "json_schema") malformed("output_config.format.type", "json_schema");
  return { kind: "schema", schema: objectAt(format.schema, "output_config.format.schema") };
}

/** Members by their dotted paths, so that what becomes of each can be decided. */
export function dotted(prefix: string, members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [`${prefix}.${name}`, value]));
}
