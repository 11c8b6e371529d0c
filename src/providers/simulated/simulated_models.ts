/** Model names that simulated vendors list; asked by another name they answer all the same. */
export const SIMULATED_MODELS: readonly string[] = [
  "simulated-mini",
  "simulated-large",
  "simulated-reasoning",
  "simulated-embedding",
  "simulated-image",
  "simulated-speech",
  "simulated-transcribe",
  "simulated-moderation",
];
