import type { ChatPart, ToolCallPart, ToolResultPart } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { isMedia, writeMedia } from "../media.ts";
import { isThirdGeneration } from "../model_generation.ts";
import { GEMINI, nativeMembers, PART_EXTRAS, signatureMember } from "../own_members.ts";
import { toolInput } from "../../../translation/tool_input.ts";
import { toolResponse } from "../tool_response.ts";
import { TOOL_NAMES } from "./write_tools.ts";

/** A call of the conversation so far. */
export interface KnownCall {
  readonly name: string;
  /** Its place among all calls. */
  readonly order: number;
}

/** Ids that other vendors or our own readers made up: Gemini matches by name and order where there is none. */
const FOREIGN_ID = /^(?:call_|toolu_|srvtoolu_|fc_|chatcmpl-)|[^A-Za-z0-9_-]/;

/** The parts that stand for one of the hub's; none where it says nothing to Gemini. */
export function writePart(part: ChatPart, context: WriteContext): JsonObject[] {
  if (isMedia(part)) return [writeMedia(part, context.losses)];
  switch (part.kind) {
    case "text": {
      const { executableCode, codeExecutionResult, ...extras } = nativeMembers(part.native);
      const signature = signatureMember(part.signature);
      if (executableCode !== undefined) return [{ executableCode, ...extras, ...signature }];
      if (codeExecutionResult !== undefined) return [{ codeExecutionResult, ...extras, ...signature }];
      // The API refuses a part without anything in it.
      const isEmpty = part.text === "" && signature.thoughtSignature === undefined;
      return isEmpty ? [] : [{ text: part.text, ...extras, ...signature }];
    }
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }];
    case "reasoning":
      return writeReasoning(part, context);
    case "tool_call":
      return [writeCall(part, context)];
    case "native":
      return part.format === GEMINI ? [part.value] : [];
    case "tool_result":
      return writeResult(part, undefined, context);
  }
}

/** Thoughts go back only as Gemini signed them; others it would not take for its own. */
function writeReasoning(part: ChatPart & { kind: "reasoning" }, { losses }: WriteContext): JsonObject[] {
  const signature = signatureMember(part.signature);
  if (signature.thoughtSignature !== undefined) {
    return [{ text: part.text, thought: true, ...nativeMembers(part.native), ...signature }];
  }
  if (part.signature !== undefined) losses.drop("reasoningSignature");
  if (part.text !== "") losses.drop("reasoningText");
  return [];
}

function writeCall(part: ToolCallPart, { names, losses }: WriteContext): JsonObject {
  const signature = signatureMember(part.signature);
  if (part.signature !== undefined && signature.thoughtSignature === undefined) {
    losses.drop("reasoningSignature");
  }
  const { inner, extras } = split(nativeMembers(part.native));
  const name = names.wire(part.name, TOOL_NAMES);
  const args = part.custom === true ? { input: part.arguments } : toolInput(part.arguments);
  // A call without arguments may leave them out.
  const given = part.arguments === "" && part.custom !== true ? {} : { args };
  return { functionCall: { ...idMember(part.id), name, ...given, ...inner }, ...extras, ...signature };
}

/** A tool's result, and behind it what models before the third generation take only outside of it. */
export function writeResult(
  part: ToolResultPart,
  call: KnownCall | undefined,
  { names, losses, model }: WriteContext,
): JsonObject[] {
  const name = part.name ?? call?.name;
  if (name === undefined) {
    return losses.refuse(
      "tool_result",
      "Gemini needs the name of the tool, and the call it answers is not there; send it",
    );
  }
  const text = part.parts.flatMap((item) => item.kind === "text" ? [item.text] : []).join("\n");
  const media = part.parts.flatMap((item) => item.kind === "text" ? [] : [writeMedia(item, losses)]);
  const isInside = isThirdGeneration(model);
  if (media.length > 0 && !isInside) losses.drop("toolResultMedia");
  const { inner, extras } = split(nativeMembers(part.native));
  const functionResponse = {
    ...idMember(part.callId),
    name: names.wire(name, TOOL_NAMES),
    response: toolResponse({ text, isError: part.isError }),
    ...(isInside && media.length > 0 ? { parts: media } : {}),
    ...inner,
  };
  return [{ functionResponse, ...extras }, ...(isInside ? [] : media)];
}

function idMember(id: string): { id?: string } {
  return FOREIGN_ID.test(id) ? {} : { id };
}

/** Own members of a call or a result: those of the part, and those inside. */
function split(members: JsonObject): { inner: JsonObject; extras: JsonObject } {
  const of = (isExtra: boolean) =>
    Object.fromEntries(Object.entries(members).filter(([name]) => PART_EXTRAS.has(name) === isExtra));
  return { inner: of(false), extras: of(true) };
}
