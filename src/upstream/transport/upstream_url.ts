import type { Endpoint } from "../../balancing/endpoint.ts";
import type { Provider } from "../../providers/provider.ts";

/** What of a request its URL is made of. */
export interface UrlParts {
  /** Front path. */
  readonly path: string;
  /** Raw query without `?`. */
  readonly query: string;
  /** The upstream's own name of the model; undefined: the request names none. */
  readonly model: string | undefined;
}

/** The URL of a request at an endpoint, with its query. Throws `RangeError` for a path that would leave the base URL. */
export function upstreamUrl(
  provider: Provider,
  { upstream, apiVersion }: Pick<Endpoint, "apiVersion"> & { readonly upstream: { readonly url: string } },
  { path, query, model }: UrlParts,
): string {
  const placed = provider.place?.(upstream.url, path, { model, query, apiVersion }) ?? { path, query };
  const url = provider.url(upstream.url, placed.path);
  return placed.query === "" ? url : `${url}?${placed.query}`;
}
