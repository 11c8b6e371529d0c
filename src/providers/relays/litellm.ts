import { compatiblePreset } from "../compatible_preset.ts";
import { RELAY_PRESETS } from "./relay_presets.ts";

/** LiteLLM's proxy. */
export const litellm = compatiblePreset({
  type: "litellm",
  summary: "LiteLLM's proxy.",
  errors: RELAY_PRESETS.litellm.rules,
});
