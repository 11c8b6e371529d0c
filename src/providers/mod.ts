export { openai } from "./openai.ts";
export { openaiCompatible } from "./openai_compatible.ts";
export { simulated } from "./simulated/provider.ts";
