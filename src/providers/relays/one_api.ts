import { compatiblePreset } from "../compatible_preset.ts";
import { RELAY_PRESETS } from "./relay_presets.ts";

/** One API. */
export const oneApi = compatiblePreset({
  type: "one_api",
  summary: "One API or one of its descendants.",
  errors: RELAY_PRESETS.one_api.rules,
});
