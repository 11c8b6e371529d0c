import * as z from "zod";
import { configFile } from "./schema/config_file.ts";

/** The JSON Schema (draft 2020-12) of the config file, for editors: every member with its description and default. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configFile, {
    io: "input",
    override: ({ jsonSchema }) => {
      // `x-*` members are ignored everywhere, so an editor must not mark them.
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { "^x-": {} };
    },
  });
  return { title: "Tidegate config", ...schema };
}
