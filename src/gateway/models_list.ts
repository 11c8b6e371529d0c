import type { Tenant } from "../tenants/tenant.ts";

/** One entry of `GET /v1/models` (OpenAI API reference, Models). */
interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  /** Unix seconds; the vendor's own date is not known, so it is when this configuration came into force. */
  readonly created: number;
  readonly owned_by: string;
}

/** What a tenant may use of `names`, as the body of `GET /v1/models`. */
export function modelsList(names: readonly string[], tenant: Tenant, createdMs: number): string {
  const data = names.filter((name) => tenant.allowsModel(name)).map((name) => entryOf(name, createdMs));
  return JSON.stringify({ object: "list", data });
}

/** The body of `GET /v1/models/{id}`. */
export function modelEntry(name: string, createdMs: number): string {
  return JSON.stringify(entryOf(name, createdMs));
}

function entryOf(id: string, createdMs: number): ModelEntry {
  return { id, object: "model", created: Math.floor(createdMs / 1000), owned_by: "tidegate" };
}
