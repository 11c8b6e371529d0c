import type { Config } from "../config.ts";
import { formatSize } from "../schema/size.ts";

/** The bounds of memory, as the config spells them. */
export function memoryValues({ body, memory }: Config) {
  const { maxBytes } = memory;
  return [
    [["defaults", "body", "max"], formatSize(body.maxBytes)],
    [["memory", "max"], maxBytes === undefined ? "as the machine allows" : formatSize(maxBytes)],
  ] as const;
}
