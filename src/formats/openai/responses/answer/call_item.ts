import type { ChatTool } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
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
  /** The upstream knows no custom tools: the free text stands in JSON arguments and must be taken out of them. */
  readonly isWrapped: boolean;
}

/** The form of a call. */
export function callForm(call: AnsweredCall, tools: readonly ChatTool[]): CallForm {
  const asked = tools.find((tool) => tool.name === call.name);
  const isCustom = asked === undefined ? call.custom === true : asked.kind === "custom";
  return isCustom
    ? { type: "custom_tool_call", member: "input", isWrapped: call.custom !== true }
    : { type: "function_call", member: "arguments", isWrapped: false };
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

/** What goes into the call's member: `{}` for no arguments, the free text of a custom tool without its wrapping. */
export function callInput(written: string, form: CallForm): string {
  if (form.type === "function_call") return written === "" ? "{}" : written;
  return form.isWrapped ? unwrapped(written) : written;
}

/** The text in the one argument that stands for a custom tool's input (`protocols.md` §10.1, tools). */
function unwrapped(written: string): string {
  try {
    const value: unknown = JSON.parse(written);
    if (isJsonObject(value) && typeof value.input === "string") return value.input;
  } catch {
    // A model that writes no JSON wrote the text itself.
  }
  return written;
}
