import type { Matcher } from "../core/pattern.ts";

/** Who calls us, as the request path sees it. */
export interface Tenant {
  readonly name: string;
  /** Models it may ask for, by the name it asks with. */
  readonly allowsModel: Matcher;
  /** What its `paths` in config grant. */
  readonly grants: Grants;
  /** Whether answers tell it pool, upstream and key fingerprint. */
  readonly debug: boolean;
  /** How much of its exchanges is recorded. */
  readonly records: "full" | "metadata" | "off";
}

/** What a tenant's `paths` open to it. */
export interface Grants {
  /** The inference paths: chat, embeddings, images, audio. */
  readonly inference: boolean;
  /** Paths that read or change the account behind a key, for objects the tenant made itself. */
  readonly account: boolean;
  /** `/proxy/{name}/*`. */
  readonly proxy: boolean;
  /** Everything, objects made outside the gateway too; never another tenant's. */
  readonly all: boolean;
  /** Paths granted one by one, whatever their class. */
  readonly allowsPath: Matcher;
}
