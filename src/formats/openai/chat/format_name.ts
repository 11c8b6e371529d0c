/** The format's type, under which its own members travel through the hub. */
export const OPENAI_CHAT = "openai_chat";

/** Types of the formats that share OpenAI's store of files, whose ids therefore mean the same. */
export const OPENAI_FILE_FORMATS: ReadonlySet<string> = new Set([OPENAI_CHAT, "openai_responses"]);
