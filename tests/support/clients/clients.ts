import { anthropicClient } from "./anthropic_client.ts";
import type { Client } from "./client.ts";
import { geminiClient } from "./gemini_client.ts";
import { openaiChatClient } from "./openai_chat_client.ts";
import { openaiResponsesClient } from "./openai_responses_client.ts";

/** The official SDKs, in the matrix's order. */
export const CLIENTS: readonly Client[] = [
  openaiChatClient,
  openaiResponsesClient,
  anthropicClient,
  geminiClient,
];
