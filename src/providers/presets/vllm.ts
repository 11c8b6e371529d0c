import { compatiblePreset } from "../compatible_preset.ts";

/** A vLLM server. It names its models and their windows at `/v1/models`. Source: docs.vllm.ai, "OpenAI-compatible server". */
export const vllm = compatiblePreset({
  type: "vllm",
  summary: "A vLLM server.",
});
