import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { madeUpCallId } from "../../../translation/made_up_id.ts";

/** What an entry of `tool_calls`, whole or a fragment, says; empty where it does not say. */
export interface CallFragment {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly custom: boolean;
}

/** Reads an entry of `tool_calls`; lenient: arguments that come as an object are told as its JSON. */
export function readCallFragment(entry: JsonObject): CallFragment {
  const custom = isJsonObject(entry.custom);
  const called = isJsonObject(entry.custom)
    ? entry.custom
    : isJsonObject(entry.function)
    ? entry.function
    : {};
  const value = custom ? called.input : called.arguments;
  return {
    id: textOf(entry.id),
    name: textOf(called.name),
    text: isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : textOf(value),
    custom,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * An id for a call whose server gives none (Google's endpoint): made of the answer's own marks, so that it is another
 * one in each answer. `place` tells the calls of one answer apart.
 */
export function makeCallId({ id, created, model }: JsonObject, place: string): string {
  return madeUpCallId(id, created, model, place);
}
