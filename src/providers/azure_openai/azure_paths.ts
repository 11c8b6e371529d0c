import type { UrlTarget } from "../provider.ts";
import { joinUpstreamUrl } from "../url_joint.ts";

/**
 * Data-plane version for requests and upstreams that name none: the latest dated one, and the only line of them
 * that has the Responses API; after it came the v1 surface, which needs none. Source: learn.microsoft.com, "Azure
 * OpenAI in Azure AI Foundry Models API lifecycle".
 */
export const DEFAULT_API_VERSION = "2025-04-01-preview";

/** What goes to a deployment; all else goes to the resource. Source: learn.microsoft.com, "Azure OpenAI REST API reference". */
const DEPLOYMENT_OPERATIONS: ReadonlySet<string> = new Set([
  "/chat/completions",
  "/completions",
  "/embeddings",
  "/audio/speech",
  "/audio/transcriptions",
  "/audio/translations",
  "/images/generations",
  "/images/edits",
]);

/** Ends of base URLs that say more than the resource: `/openai`, `/openai/v1`, `/openai/deployments/NAME`, each with a complete endpoint or not. */
const BASE = /^(https?:\/\/[^/]+(?:\/.*?)?)\/openai(?:\/(v1)(?:\/.*)?|\/deployments\/([^/]+)(?:\/.*)?)?\/*$/i;

/** Front paths in OpenAI's layout and in both of Azure's: a deployment, the operation. */
const FRONTS = [
  /^\/openai\/deployments\/([^/]+)(\/.+)$/,
  /^()\/openai\/v1(\/.*)?$/,
  /^()\/openai(\/.*)?$/,
  /^()\/v1(\/.*)?$/,
] as const;

/** A dated version, which the v1 surface refuses. */
const DATED = /^api-version=\d{4}-\d{2}-\d{2}/i;

/** Where a request goes below the resource; see `Provider.place`. A path of neither layout stays as it is. */
export function azurePlace(
  baseUrl: string,
  path: string,
  { model, query, apiVersion }: UrlTarget,
): { readonly path: string; readonly query: string } {
  const front = FRONTS.map((shape) => shape.exec(path)).find((found) => found !== null);
  if (front === undefined || front === null) return { path, query };
  const operation = front[2] ?? "";
  const base = BASE.exec(baseUrl);
  if (base?.[2] !== undefined) {
    const kept = query.split("&").filter((part) => !DATED.test(part)).join("&");
    return { path: `/openai/v1${operation}`, query: withVersion(kept, apiVersion) };
  }
  const versioned = withVersion(query, apiVersion ?? DEFAULT_API_VERSION);
  const named = front[1] || (model === undefined ? undefined : encodeURIComponent(model));
  const deployment = base?.[3] ?? named;
  return deployment !== undefined && DEPLOYMENT_OPERATIONS.has(operation)
    ? { path: `/openai/deployments/${deployment}${operation}`, query: versioned }
    : { path: `/openai${operation}`, query: versioned };
}

/** The URL of a placed path; a path of another layout is joined to the base as anywhere. */
export function azureUrl(baseUrl: string, path: string): string {
  const root = BASE.exec(baseUrl)?.[1];
  return joinUpstreamUrl(root !== undefined && /^\/openai(?:\/|$)/.test(path) ? root : baseUrl, path);
}

/** The query with this version, unless it has its own. */
function withVersion(query: string, apiVersion: string | undefined): string {
  const parts = query.split("&").filter((part) => part !== "");
  if (apiVersion === undefined || parts.some((part) => /^api-version=/i.test(part))) return query;
  return [...parts, `api-version=${encodeURIComponent(apiVersion)}`].join("&");
}
