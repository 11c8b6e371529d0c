import type { Matcher } from "../core/pattern.ts";

/** What a request may ask for by a header field of its own (`x-tidegate-NAME`), in place of what the config says. */
export const OVERRIDES = ["deadline", "pool", "record"] as const;

/** One of {@link OVERRIDES}. */
export type OverrideName = (typeof OVERRIDES)[number];

/** Place of a tenant in line where its config gives none; from 0, first, to 100. */
export const DEFAULT_PRIORITY = 50;

/** Who calls us, as the request path sees it. */
export interface Tenant {
  readonly name: string;
  /** Models it may ask for, by the name it asks with. */
  readonly allowsModel: Matcher;
  /** From where, how and to where it may call. */
  readonly access: Access;
  /** Place of its requests in line, 0 to 100; smaller numbers go first. */
  readonly priority: number;
  /** What its `paths` in config grant. */
  readonly grants: Grants;
  /** Whether answers tell it pool, upstream and key fingerprint. */
  readonly debug: boolean;
  /** What its requests may ask for themselves. */
  readonly overrides: readonly OverrideName[];
  /** How much of its exchanges is recorded. */
  readonly records: "full" | "metadata" | "off";
}

/** The bounds of a tenant's calls beside models and paths; undefined: no bound. */
export interface Access {
  /** Says whether a client's address, normalised, is one it may call from. */
  readonly allowsAddress: Matcher | undefined;
  /** Wire formats it may speak, by type. */
  readonly allowsFormat: Matcher | undefined;
  /** Pools that may serve it, by name. */
  readonly allowsPool: Matcher | undefined;
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
