import { ANTHROPIC_MODEL, anthropicVendor } from "./anthropic_vendor.ts";
import { GEMINI_MODEL, geminiVendor } from "./gemini_vendor.ts";
import { CHAT_MODEL, openaiChatVendor } from "./openai_chat_vendor.ts";
import { openaiResponsesVendor, RESPONSES_MODEL } from "./openai_responses_vendor.ts";
import type { Vendor } from "./vendor_server.ts";

/** A fake vendor of the matrix. */
export interface VendorKind {
  /** Its row. */
  readonly name: string;
  /** Type of the only format it speaks. */
  readonly format: string;
  /** Type of the provider that a pool names for it. */
  readonly provider: string;
  readonly model: string;
  start(): Promise<Vendor>;
}

/** The four, in the matrix's order. */
export const VENDORS: readonly VendorKind[] = [
  {
    name: "openai chat",
    format: "openai_chat",
    provider: "openai_compatible",
    model: CHAT_MODEL,
    start: openaiChatVendor,
  },
  {
    name: "openai responses",
    format: "openai_responses",
    provider: "openai_compatible",
    model: RESPONSES_MODEL,
    start: openaiResponsesVendor,
  },
  {
    name: "anthropic",
    format: "anthropic_messages",
    provider: "anthropic",
    model: ANTHROPIC_MODEL,
    start: anthropicVendor,
  },
  { name: "gemini", format: "gemini_generate", provider: "gemini", model: GEMINI_MODEL, start: geminiVendor },
];
