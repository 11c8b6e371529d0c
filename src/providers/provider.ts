import type { HeaderFields } from "../core/exchange.ts";
import type { OutcomeClass } from "../core/outcome.ts";
import type { Registered } from "../core/registry.ts";
import type { Secret } from "../core/secret.ts";
import type { UpstreamTraits } from "../formats/translation/translation.ts";

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

/** What a request says beside its path when its URL is made. */
export interface UrlTarget {
  /** The upstream's own name of the model (an Azure deployment); undefined: the request names none. */
  readonly model: string | undefined;
  /** Raw query of the client without credentials and `?`. */
  readonly query: string;
  /** What the upstream's config says under `apiVersion`. */
  readonly apiVersion: string | undefined;
}

/** A model that an upstream says it has. */
export interface DiscoveredModel {
  /** The name to ask for. */
  readonly id: string;
  readonly displayName?: string | undefined;
  /** Most input tokens. */
  readonly contextWindow?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** How a vendor tells its models. */
export interface ModelDiscovery {
  /** Front path of the list, and its query; the call is a GET, costs nothing and needs the key. */
  readonly path: string;
  readonly query: string;
  /** Reads one page (parsed JSON), leniently; `next` is the query of the page after it. */
  read(page: unknown): { readonly models: readonly DiscoveredModel[]; readonly next: string | undefined };
}

/** The vendor behind a pool: where it is, how it is spoken to, what its refusals mean. Pure; no I/O. */
export interface Provider extends Registered {
  /** The literal name in config, records and logs; equal to the file's name. */
  readonly type: string;
  /** Where it is when the config does not say; absent when the config must. */
  readonly defaultUrl?: string;
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  /** Format types it speaks natively; of several that a request can be translated to, the first is taken. */
  readonly formats: readonly string[];
  /**
   * The absolute URL for a front path such as `/v1/chat/completions` (no query), under a base URL that may end
   * in `/v1` or not, or be a complete endpoint. The joint is taken once: never `/v1/v1`, never a lost prefix.
   * The result stays under the base's origin and path, else it throws `RangeError`.
   */
  url(baseUrl: string, path: string): string;
  /**
   * Where this vendor has its model or version in the URL (Azure): the path and query that go to {@link url} in
   * place of the front's. Absent: the front's own.
   */
  place?(baseUrl: string, path: string, target: UrlTarget): { readonly path: string; readonly query: string };
  /** Sets the credential on outgoing header fields, and what the vendor wants in each of them beside it. */
  authorize(headers: HeaderFields, key: Secret): void;
  /** This vendor's own refusals, asked before the table common to all. */
  readonly errors: readonly ErrorRule[];
  /** How its models are found out, and (its path being free of cost) what a probe asks; absent: it does not tell. */
  readonly discovery?: ModelDiscovery;
  /** What translated requests must know of it. */
  readonly traits?: UpstreamTraits;
}

/** Declares a provider; exists so that the declaration is checked where it stands. */
export function defineProvider<const T extends Provider>(provider: T): T {
  return provider;
}
