import { isJsonObject } from "../../core/bytes/exact_json.ts";
import { parseJson, type Span } from "../../core/bytes/json_span.ts";
import type { BodyEdit } from "../request.ts";

/** The member of a chat request in which usage is asked for. */
export const USAGE_FLAG_MEMBER = "stream_options";

const FLAG = `"include_usage":true`;

/**
 * The edit that makes a streamed chat request ask for its usage (OpenAI API reference, Chat, `stream_options`);
 * `value` is where its `stream_options` stand. Undefined where the client asks for it already, or writes there what
 * no vendor takes.
 */
export function usageFlagEdit(body: Uint8Array, value: Span | undefined): BodyEdit | undefined {
  if (value === undefined) {
    const start = body.indexOf(0x7b) + 1; // `{`
    return { start, end: start, text: `"${USAGE_FLAG_MEMBER}":{${FLAG}},` };
  }
  const asked = parseJson(body, value);
  if (asked === null) return { ...value, text: `{${FLAG}}` };
  if (!isJsonObject(asked) || asked.include_usage === true) return undefined;
  const { include_usage: _refused, ...others } = asked;
  if (!Object.hasOwn(asked, "include_usage")) {
    const start = value.start + 1;
    const isEmpty = Object.keys(others).length === 0;
    return { start, end: start, text: isEmpty ? FLAG : `${FLAG},` };
  }
  return refusalIn(body, value);
}

/** Where `include_usage` says no: its value, and nothing else, gives way. */
function refusalIn(body: Uint8Array, { start, end }: Span): BodyEdit | undefined {
  const text = new TextDecoder("latin1").decode(body.subarray(start, end));
  const [match, ...more] = text.matchAll(/"include_usage"\s*:\s*(false|null)/g);
  if (match?.[1] === undefined || more.length > 0) return undefined;
  const valueEnd = start + match.index + match[0].length;
  return { start: valueEnd - match[1].length, end: valueEnd, text: "true" };
}

/** Statuses under which servers refuse a member that they do not know. */
const REFUSALS = [400, 422];

const decoder = new TextDecoder();

/** Whether a refusal is about the flag: such an upstream gets requests without it. */
export function refusesUsageFlag(refusal: { readonly status: number; readonly body: Uint8Array }): boolean {
  return REFUSALS.includes(refusal.status) &&
    /stream_options|include_usage/.test(decoder.decode(refusal.body));
}

/** Most upstreams that are remembered not to take the flag; beyond, all are asked anew. */
const MAX_REMEMBERED = 10_000;

/** Which upstreams refuse the flag, by their health scope; learnt by their refusals and forgotten with the process. */
export class UsageFlags {
  readonly #refused = new Set<string>();

  /** Whether requests to an upstream may carry it. */
  takes(upstream: string): boolean {
    return !this.#refused.has(upstream);
  }

  /** Notes that an upstream refuses it. */
  refused(upstream: string): void {
    if (this.#refused.size >= MAX_REMEMBERED) this.#refused.clear();
    this.#refused.add(upstream);
  }
}
