import { compatiblePreset } from "../compatible_preset.ts";
import { RELAY_PRESETS } from "./relay_presets.ts";

/** New API. It also answers in Anthropic's and Gemini's formats: those are pools of their providers with `"errors": ["new_api"]`. */
export const newApi = compatiblePreset({
  type: "new_api",
  summary: "New API or one of its descendants.",
  errors: RELAY_PRESETS.new_api.rules,
});
