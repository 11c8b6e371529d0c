/** What {@link VendorRefusal} may carry beside status and message. */
export interface RefusalDetail {
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

/** Types and codes that OpenAI sends with a status; a status that is not here is told as its class is. */
const KINDS: Readonly<Record<number, { readonly type: string; readonly code: string | null }>> = {
  400: { type: "invalid_request_error", code: null },
  401: { type: "invalid_request_error", code: "invalid_api_key" },
  402: { type: "insufficient_quota", code: "credit_balance_exhausted" },
  403: { type: "invalid_request_error", code: "unsupported_country_region_territory" },
  404: { type: "invalid_request_error", code: "model_not_found" },
  429: { type: "requests", code: "rate_limit_exceeded" },
  500: { type: "server_error", code: null },
  503: { type: "service_unavailable_error", code: "server_is_overloaded" },
  529: { type: "service_unavailable_error", code: "server_is_overloaded" },
};

/** A request that the simulated vendor refuses or fails on purpose, in OpenAI's envelope. */
export class VendorRefusal extends Error {
  override readonly name = "VendorRefusal";
  readonly status: number;
  readonly detail: RefusalDetail;

  constructor(status: number, message: string, detail: RefusalDetail = {}) {
    super(message);
    this.status = status;
    this.detail = detail;
  }

  /** The envelope as JSON text; all four members, as OpenAI's schema asks. */
  body(): string {
    const kind = KINDS[this.status] ?? KINDS[this.status < 500 ? 400 : 500];
    return JSON.stringify({
      error: {
        message: `${this.message} (simulated)`,
        type: this.detail.type ?? kind?.type,
        param: this.detail.param ?? null,
        code: this.detail.code ?? kind?.code ?? null,
      },
    });
  }
}
