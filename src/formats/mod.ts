export { anthropicCountTokens } from "./anthropic/anthropic_count_tokens.ts";
export { anthropicMessages } from "./anthropic/anthropic_messages.ts";
export { anthropicOther } from "./anthropic/anthropic_other.ts";
export { openaiChat } from "./openai/openai_chat.ts";
export { openaiCompletions } from "./openai/openai_completions.ts";
export { openaiEmbeddings } from "./openai/openai_embeddings.ts";
export { openaiOther } from "./openai/openai_other.ts";
export { openaiResponses } from "./openai/openai_responses.ts";
