import { compatiblePreset } from "../compatible_preset.ts";
import { RELAY_PRESETS } from "./relay_presets.ts";

/** GPT-Load; its base URL is a group's, `https://host/proxy/GROUP`. */
export const gptLoad = compatiblePreset({
  type: "gpt_load",
  summary: "GPT-Load, by the address of one of its groups.",
  errors: RELAY_PRESETS.gpt_load.rules,
});
