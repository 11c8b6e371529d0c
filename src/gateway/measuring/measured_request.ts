import type { Generation } from "../generation.ts";

/** What is measured of a request besides its end. */
export interface MeasuredRequest {
  readonly generation: Generation;
  readonly format: { readonly type: string };
  readonly facts: { readonly model: string | undefined } | undefined;
  readonly caller: { readonly tenant: { readonly name: string } } | undefined;
  /** Monotonic clock at its arrival. */
  readonly startedAtMs: number;
}
