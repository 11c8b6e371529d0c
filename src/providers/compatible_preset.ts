import type { UpstreamTraits } from "../formats/translation/translation.ts";
import { openaiCompatible } from "./openai_compatible.ts";
import type { ErrorRule, Provider } from "./provider.ts";

/** What a vendor or relay that speaks OpenAI's formats has of its own. */
export interface CompatiblePreset {
  readonly type: string;
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  /** Absent: the config must say where it is. */
  readonly defaultUrl?: string;
  /** Formats that it serves itself; absent: all of OpenAI's. What it lacks may reach it translated. */
  readonly formats?: readonly string[];
  /** Its own refusals, before those of any compatible server. */
  readonly errors?: readonly ErrorRule[];
  readonly traits?: UpstreamTraits;
}

/** A provider made of data: an {@link openaiCompatible} server with what is particular to it. */
export function compatiblePreset({ errors = [], traits, ...own }: CompatiblePreset): Provider {
  return {
    ...openaiCompatible,
    ...own,
    errors: [...errors, ...openaiCompatible.errors],
    traits: { ...openaiCompatible.traits, ...traits },
  };
}
