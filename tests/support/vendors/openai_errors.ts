import type { VendorRefusal } from "./json.ts";
import { jsonReply, type VendorReply, type VendorRequest } from "./vendor_server.ts";

const ERRORS = {
  400: { type: "invalid_request_error", param: "messages", code: "invalid_value", message: "Invalid tide." },
  401: {
    type: "invalid_request_error",
    param: null,
    code: "invalid_api_key",
    message: "Incorrect API key provided.",
  },
  429: {
    type: "requests",
    param: null,
    code: "rate_limit_exceeded",
    message: "Rate limit reached for requests.",
  },
  500: {
    type: "server_error",
    param: null,
    code: null,
    message: "The server had an error while processing your request.",
  },
} as const;

/** OpenAI's answer for a status. */
export function openaiError(status: 400 | 401 | 429 | 500): VendorReply {
  const limits = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "1s",
    "retry-after": "1",
  };
  return jsonReply(status, { error: ERRORS[status] }, {
    "x-request-id": "req_vendor",
    ...(status === 429 ? limits : {}),
  });
}

/** OpenAI's 400 for what is wrong with a request. */
export function openaiRefusal({ message, param }: VendorRefusal): VendorReply {
  return jsonReply(400, { error: { message, type: "invalid_request_error", param, code: null } }, {
    "x-request-id": "req_vendor",
  });
}

/** Whether the request carries the key as OpenAI takes it, or Azure under its own paths. */
export function openaiAuthorized({ headers, path }: VendorRequest, key: string): boolean {
  const azure = path.startsWith("/openai/") && headers["api-key"] === key;
  return azure || headers["authorization"] === `Bearer ${key}`;
}

/** A path's answer where nothing is served. */
export function openaiNotFound({ method, path }: VendorRequest): VendorReply {
  return jsonReply(404, {
    error: {
      message: `Invalid URL (${method} ${path})`,
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  });
}

/** OpenAI's list of one model. */
export function openaiModels(id: string): VendorReply {
  const model = { id, object: "model", created: 1_760_000_000, "owned_by": "vendor" };
  return jsonReply(200, { object: "list", data: [model] });
}
