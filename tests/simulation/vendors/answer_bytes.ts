import type { SimulatedRequest } from "./simulated_request.ts";
import type { VendorAnswer } from "./vendor.ts";

const encoder = new TextEncoder();

const FIRST_EVENT = encoder.encode(
  'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"So"}}]}\n\n',
);

/** The first event of every streamed answer; it holds content. */
export function firstEvent(): Uint8Array {
  return FIRST_EVENT;
}

/** The rest of a streamed answer, with its usage and its end mark. */
export function lastEvents(request: SimulatedRequest, answer: VendorAnswer): Uint8Array {
  return encoder.encode(
    'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
      `data: {"id":"c","object":"chat.completion.chunk","choices":[],"usage":${usage(request, answer)}}\n\n` +
      "data: [DONE]\n\n",
  );
}

/** A whole answer. */
export function wholeAnswer(request: SimulatedRequest, answer: VendorAnswer): Uint8Array {
  return encoder.encode(
    '{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",' +
      `"content":"So"},"finish_reason":"stop"}],"usage":${usage(request, answer)}}`,
  );
}

/** A refusal in the vendor's words. */
export function refusalBody({ code }: VendorAnswer): Uint8Array {
  return encoder.encode(`{"error":{"message":"Refused.","type":"${code}","param":null,"code":"${code}"}}`);
}

function usage({ inputTokens, outputTokens }: SimulatedRequest, { cachedTokens }: VendorAnswer): string {
  return `{"prompt_tokens":${inputTokens},"completion_tokens":${outputTokens},` +
    `"total_tokens":${inputTokens + outputTokens},"prompt_tokens_details":{"cached_tokens":${cachedTokens}}}`;
}
