import { visibleText } from "./visible_text.ts";

/** How a record is shown. */
export interface RenderOptions {
  /** True: the whole conversation. False: the last message of the request and the answer. */
  readonly whole: boolean;
  /** Whether colours may be used. */
  readonly colour: boolean;
}

/** A record line as text for people: when and how it ended, the conversation, the attempts. Ends in a line feed. */
export function renderRecord(line: string, options: RenderOptions): string {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return `${visibleText(line)}\n`;
  }
  const paint = options.colour ? colours : plain;
  const parts = [
    heading(record, paint),
    ...conversation(record, options.whole, paint),
    ...attempts(record, paint),
  ];
  return `${parts.join("\n")}\n`;
}

interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
}

const sequence = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
const colours: Paint = { bold: sequence(1, 22), dim: sequence(2, 22), red: sequence(31, 39) };
const same = (text: string) => text;
const plain: Paint = { bold: same, dim: same, red: same };

/** A member of what should be an object, found by path; undefined where the way ends. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, name)?.value;
  }
  return found;
}

/** A scalar as visible text; empty for anything else. */
function text(value: unknown): string {
  if (typeof value === "string") return visibleText(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function heading(record: unknown, paint: Paint): string {
  const outcome = text(at(record, "outcome"));
  const model = text(at(record, "model"));
  const served = text(at(record, "servedModel"));
  const facts = [
    outcome === "ok" ? outcome : paint.red(outcome),
    text(at(record, "status")),
    text(at(record, "error")),
    model === "" || served === "" || served === model ? model || served : `${model} → ${served}`,
    text(at(record, "tenant")),
    text(at(record, "path")),
    `${text(at(record, "timing", "totalMs"))} ms`,
    usage(record),
  ];
  const title = `${text(at(record, "time"))}  ${text(at(record, "id"))}`;
  return `${paint.bold(title)}\n${facts.filter((fact) => fact !== "").join("  ")}`;
}

function usage(record: unknown): string {
  const input = text(at(record, "usage", "inputTokens"));
  if (input === "") return "";
  const cached = text(at(record, "usage", "cachedInputTokens"));
  const reasoning = text(at(record, "usage", "reasoningTokens"));
  return `${input} tokens in${cached === "" ? "" : ` (${cached} cached)`}, ` +
    `${text(at(record, "usage", "outputTokens"))} out${reasoning === "" ? "" : ` (${reasoning} reasoning)`}`;
}

function conversation(record: unknown, whole: boolean, paint: Paint): string[] {
  const asked = list(at(record, "request", "messages"));
  const answered = list(at(record, "response", "choices")).map((choice) => ({
    message: at(choice, "message"),
    finish: text(at(choice, "finish_reason")),
  }));
  if (asked.length === 0) {
    return [
      ...raw("request", at(record, "request"), paint),
      ...raw("response", at(record, "response"), paint),
    ];
  }
  const shown = whole ? asked : asked.slice(-1);
  const lines = shown.length < asked.length
    ? [paint.dim(`… ${asked.length - shown.length} earlier messages`)]
    : [];
  for (const message of shown) lines.push(...turn(message, "", paint));
  for (const { message, finish } of answered) lines.push(...turn(message, finish, paint));
  if (answered.length === 0) lines.push(...raw("response", at(record, "response"), paint));
  return lines;
}

function raw(title: string, value: unknown, paint: Paint): string[] {
  if (value === null || value === undefined) return [];
  const shown = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return [paint.bold(`${title}:`), visibleText(shown)];
}

function turn(message: unknown, finish: string, paint: Paint): string[] {
  const lines = [paint.bold(`${text(at(message, "role")) || "?"}:`)];
  const reasoning = text(at(message, "reasoning_content")) || text(at(message, "reasoning"));
  if (reasoning !== "") lines.push(paint.dim(reasoning));
  const said = content(at(message, "content")) || text(at(message, "refusal"));
  if (said !== "") lines.push(said);
  for (const call of list(at(message, "tool_calls"))) {
    const name = text(at(call, "function", "name"));
    lines.push(`→ ${name}(${text(at(call, "function", "arguments"))})`);
  }
  if (finish !== "" && finish !== "stop") lines.push(paint.dim(`[${finish}]`));
  return lines;
}

/** A message's content: a string, or parts of which only text can be shown here. */
function content(value: unknown): string {
  if (typeof value === "string") return visibleText(value);
  return list(value).map((part) => text(at(part, "text")) || `[${text(at(part, "type"))}]`).join("\n");
}

function attempts(record: unknown, paint: Paint): string[] {
  return list(at(record, "attempts")).map((attempt) => {
    const outcome = text(at(attempt, "outcome", "class"));
    const words = [
      `${text(at(attempt, "number"))}.`,
      `${text(at(attempt, "pool"))}/${text(at(attempt, "upstream"))}`,
      text(at(attempt, "key")),
      outcome === "ok" ? outcome : paint.red(outcome),
      text(at(attempt, "outcome", "reason")),
      text(at(attempt, "outcome", "code")),
      `${text(at(attempt, "endMs"))} ms`,
    ];
    return paint.dim(words.filter((word) => word !== "").join("  "));
  });
}
