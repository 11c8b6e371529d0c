import type {
  ChatPart,
  ChatTurn,
  FilePart,
  ImagePart,
  ToolCallPart,
  ToolResultPart,
} from "../../../../core/chat.ts";
import { invalid, type Members } from "../members.ts";
import { asNative, asSignature, codeText, GEMINI, PART_EXTRAS } from "../own_members.ts";
import { readMedia } from "../media.ts";
import { toolText } from "../tool_response.ts";

/** `function` is what older clients call the turn of a tool's results. */
const ROLES: Readonly<Record<string, ChatTurn["role"]>> = {
  user: "user",
  model: "assistant",
  function: "user",
};

/** What a part can be; more is to come, and is known by its own name. */
const KINDS = ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode"];

/** Reads `contents`; calls without an id get one by their place, and results without one that of their call. */
export function readTurns(contents: readonly Members[]): ChatTurn[] {
  const calls = new Calls();
  return contents.map((content, turn) => {
    const word = content.text("role") ?? "user";
    const role = Object.hasOwn(ROLES, word) ? ROLES[word] : undefined;
    if (role === undefined) throw invalid(content.at("role"), "must be 'user' or 'model'");
    const parts = content.objects("parts")
      .map((part, at) => readPart(part, calls, `call_${turn}_${at}`))
      .filter((part) => part !== undefined);
    return { role, parts, ...asNative(content.rest()) };
  });
}

/** The calls of a conversation, so that results find theirs: by id, else by name and order. */
class Calls {
  readonly #names = new Map<string, string>();
  readonly #answered = new Set<string>();
  readonly #waiting = new Map<string, string[]>();

  add(id: string, name: string): void {
    this.#names.set(id, name);
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) this.#waiting.set(name, [id]);
    else waiting.push(id);
  }

  /** The id that a result answers; `fallback` where no call is found. */
  answeredBy(id: string | undefined, name: string | undefined, fallback: string): string {
    const found = id !== undefined && this.#names.has(id) ? id : this.#next(name) ?? id ?? fallback;
    this.#answered.add(found);
    return found;
  }

  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  #next(name: string | undefined): string | undefined {
    const waiting = this.#waiting.get(name ?? "") ?? [];
    while (waiting[0] !== undefined && this.#answered.has(waiting[0])) waiting.shift();
    return waiting[0];
  }
}

/** One part; undefined where it is empty. `madeUpId` is for a call that has none. */
function readPart(part: Members, calls: Calls, madeUpId: string): ChatPart | undefined {
  const signature = asSignature(part.text("thoughtSignature"));
  const isThought = part.flag("thought") === true;
  const names = Object.keys(part.rest() ?? {}).filter((name) => !PART_EXTRAS.has(name));
  const kind = names.find((name) => KINDS.includes(name)) ?? names[0] ??
    (signature.signature === undefined ? undefined : "text");
  if (kind === undefined) return undefined;
  const signed = signature.signature === undefined ? {} : { thoughtSignature: signature.signature.value };
  const marks = { ...(isThought ? { thought: true } : {}), ...signed };
  switch (kind) {
    case "text": {
      const text = part.text("text") ?? "";
      return { kind: isThought ? "reasoning" : "text", text, ...signature, ...asNative(part.rest()) };
    }
    case "inlineData":
    case "fileData": {
      const read = readMedia(part, kind);
      return { ...read, ...asNative({ ...read.native?.members, ...part.rest(), ...marks }) };
    }
    case "functionCall":
      return { ...readCall(part, calls, madeUpId), ...signature };
    case "functionResponse":
      return readResult(part, calls, madeUpId);
  }
  const value = part.take(kind);
  const text = codeText(kind, value);
  if (text !== undefined) {
    return { kind: "text", text, ...signature, ...asNative({ [kind]: value, ...part.rest() }) };
  }
  return { kind: "native", format: GEMINI, name: kind, value: { [kind]: value, ...part.rest(), ...marks } };
}

function readCall(part: Members, calls: Calls, madeUpId: string): ToolCallPart {
  const call = inside(part, "functionCall");
  const name = call.text("name");
  if (name === undefined || name === "") throw invalid(call.at("name"), "must name the function");
  const id = call.text("id") || madeUpId;
  calls.add(id, name);
  const args = call.json("args");
  return {
    kind: "tool_call",
    id,
    name,
    arguments: args === undefined ? "" : JSON.stringify(args),
    ...asNative({ ...call.rest(), ...part.rest() }),
  };
}

function inside(part: Members, kind: string): Members {
  const value = part.object(kind);
  if (value === undefined) throw invalid(part.at(kind), "must be an object");
  return value;
}

function readResult(part: Members, calls: Calls, madeUpId: string): ToolResultPart {
  const result = inside(part, "functionResponse");
  const told = result.text("name") || undefined;
  const callId = calls.answeredBy(result.text("id") || undefined, told, madeUpId);
  const { text, isError } = toolText(result.json("response") ?? {});
  const media = result.objects("parts").map((item): ImagePart | FilePart => {
    const read = readMedia(item, item.has("fileData") ? "fileData" : "inlineData");
    if (read.kind === "audio") throw invalid(item.path, "must be a picture or a document to be translated");
    return read;
  });
  const name = told ?? calls.nameOf(callId);
  return {
    kind: "tool_result",
    callId,
    ...(name === undefined ? {} : { name }),
    parts: [{ kind: "text", text }, ...media],
    isError,
    ...asNative({ ...result.rest(), ...part.rest() }),
  };
}
