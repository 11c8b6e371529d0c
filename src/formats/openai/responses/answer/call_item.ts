import type { ChatTool } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { wireName } from "../request/write_tools.ts";
import { compact } from "../wire.ts";

/** A tool call on its way to a client. */
export interface AnsweredCall {
  readonly id: string;
  readonly name: string;
  readonly custom?: boolean | undefined;
}

/** How a call is told: as what the client declared, whatever the upstream took the tool for. */
export interface CallForm {
  readonly type: "function_call" | "custom_tool_call";
  /** The member that holds what the model wrote for the tool. */
  readonly member: "arguments" | "input";
}

/** The form of a call. */
export function callForm(call: AnsweredCall, tools: readonly ChatTool[]): CallForm {
  const asked = tools.find((tool) => tool.name === call.name);
  const isCustom = asked === undefined ? call.custom === true : asked.kind === "custom";
  return isCustom
    ? { type: "custom_tool_call", member: "input" }
    : { type: "function_call", member: "arguments" };
}

/** The item of a call; `input` is what the model wrote so far, or all of it. */
export function callItem(
  call: AnsweredCall,
  tools: readonly ChatTool[],
  { id, status, input }: { readonly id: string; readonly status: string; readonly input: string },
): JsonObject {
  const { type, member } = callForm(call, tools);
  const { name, namespace } = wireName(call.name, tools);
  return compact({ id, type, status, [member]: input, call_id: call.id, name, namespace });
}

/** What goes into the call's member: `{}` for no arguments, else what the model wrote; free text comes without any wrapping. */
export function callInput(written: string, form: CallForm): string {
  return form.type === "function_call" && written === "" ? "{}" : written;
}
