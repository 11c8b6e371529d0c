import type { CallIdRule, ToolNameRule } from "../../translation/tool_names.ts";

/** Names that OpenAI chat allows for tools (its API reference, `tools[].function.name`). */
export const TOOL_NAME_RULE: ToolNameRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 64 };

/**
 * Ids of tool calls. OpenAI's refusal of longer ones names 40 characters for chat; visible ASCII is our own bound,
 * wide enough for ids that servers read something out of (`functions.weather:0` of Kimi).
 */
export const CALL_ID_RULE: CallIdRule = { pattern: /^[\x21-\x7e]+$/, maxLength: 40 };

/** Longest name of an end user, in characters: OpenAI refuses longer ones with `string_above_max_length`. */
export const MAX_USER_LENGTH = 64;

/** Words for the service tier that OpenAI's API reference lists. */
export const KNOWN_TIERS: ReadonlySet<string> = new Set(["auto", "default", "flex", "scale", "priority"]);
