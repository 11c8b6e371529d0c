export { openaiChat } from "./openai_chat.ts";
export { openaiCompletions } from "./openai_completions.ts";
export { openaiEmbeddings } from "./openai_embeddings.ts";
export { openaiOther } from "./openai_other.ts";
export { openaiResponses } from "./openai_responses.ts";
