import type { Endpoint } from "../../balancing/endpoint.ts";
import type { Tier } from "../../balancing/tier.ts";
import { registryOf } from "../../core/registry.ts";
import type { Format } from "../../formats/format.ts";
import * as formatModule from "../../formats/mod.ts";
import type { Provider } from "../../providers/provider.ts";

const formats = registryOf<Format>(formatModule);

/** What a request wants of whoever serves it. */
export interface FormatWanted {
  readonly format: Format;
  readonly method: string;
  /** Front path. */
  readonly path: string;
}

/** How an endpoint serves a format: as it is, by way of the hub, or not at all. */
export type Way =
  | { readonly kind: "native" }
  | { readonly kind: "translated"; readonly format: Format }
  | { readonly kind: "none" };

const NATIVE: Way = { kind: "native" };
const NONE: Way = { kind: "none" };

/** Formats that an endpoint speaks: a list that all its pool's endpoints of one provider share. */
export function spokenBy(endpoint: Endpoint, providerOf: (type: string) => Provider): readonly string[] {
  return endpoint.formats ?? providerOf(endpoint.provider).formats;
}

/** How somebody who speaks `spoken` serves what is wanted; of several formats to translate to, the first is taken. */
export function wayTo(wanted: FormatWanted, spoken: readonly string[]): Way {
  const { format } = wanted;
  if (spoken.includes(format.type)) return NATIVE;
  if (!isTranslatable(wanted)) return NONE;
  for (const type of spoken) {
    const other = formats.find(type);
    if (other === undefined) continue;
    const shared = (format.chat && other.chat) ?? (format.embeddings && other.embeddings) ??
      (format.tokenCount && other.tokenCount);
    if (shared !== undefined) return { kind: "translated", format: other };
  }
  return NONE;
}

const spokenInTier = new WeakMap<Tier, ReadonlySet<readonly string[]>>();

/** What the tier's endpoints speak: one list for each kind of them. Looked up once in a tier's life. */
export function spokenIn(
  tier: Tier,
  providerOf: (type: string) => Provider,
): ReadonlySet<readonly string[]> {
  let spoken = spokenInTier.get(tier);
  if (spoken === undefined) {
    spoken = new Set(tier.candidates.map(({ endpoint }) => spokenBy(endpoint, providerOf)));
    spokenInTier.set(tier, spoken);
  }
  return spoken;
}

/** Whether anybody in the tiers can serve what is wanted. */
export function anyServes(
  tiers: readonly Tier[],
  wanted: FormatWanted,
  providerOf: (type: string) => Provider,
): boolean {
  return tiers.some((tier) =>
    [...spokenIn(tier, providerOf)].some((spoken) => wayTo(wanted, spoken).kind !== "none")
  );
}

/** Only what runs a model: nothing of an account can be asked for elsewhere. */
function isTranslatable({ format, method, path }: FormatWanted): boolean {
  if (method !== "POST") return false;
  if (format.translates !== undefined) return format.translates(path);
  return (typeof format.grant === "function" ? format.grant(method, path) : format.grant) === "inference";
}
