import type { HeaderFields } from "../core/exchange.ts";
import type { OutcomeClass } from "../core/outcome.ts";
import type { Registered } from "../core/registry.ts";
import type { Secret } from "../core/secret.ts";

/** One row of an error table: all given conditions must hold; the first row that holds decides. */
export interface ErrorRule {
  /** One status or an inclusive range. */
  readonly status?: number | readonly [number, number];
  /** The body's machine-readable code or type, exactly, in lower case. */
  readonly code?: string;
  /** Text that the body's message contains, in lower case. */
  readonly text?: string;
  readonly class: OutcomeClass;
  /** The vendor says explicitly that the credential is bad or may not do this: one sight is enough. */
  readonly explicit?: boolean;
}

/** The vendor behind a pool: where it is, how it is spoken to, what its refusals mean. Pure; no I/O. */
export interface Provider extends Registered {
  /** The literal name in config, records and logs; equal to the file's name. */
  readonly type: string;
  /** Where it is when the config does not say; absent when the config must. */
  readonly defaultUrl?: string;
  /** Format types it speaks natively. */
  readonly formats: readonly string[];
  /**
   * The absolute URL for a front path such as `/v1/chat/completions` (no query), under a base URL that may end
   * in `/v1` or not, or be a complete endpoint. The joint is taken once: never `/v1/v1`, never a lost prefix.
   * The result stays under the base's origin and path, else it throws `RangeError`.
   */
  url(baseUrl: string, path: string): string;
  /** Sets the credential on outgoing header fields. */
  authorize(headers: HeaderFields, key: Secret): void;
  /** This vendor's own refusals, asked before the table common to all. */
  readonly errors: readonly ErrorRule[];
}

/** Declares a provider; exists so that the declaration is checked where it stands. */
export function defineProvider<const T extends Provider>(provider: T): T {
  return provider;
}
