import type { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import { fitting } from "./read_body.ts";
import { membersOf } from "./shape_members.ts";

/**
 * The query of a route as its shape wants it. Throws `GatewayError` `invalid_body` for a parameter that the route
 * does not know (a misspelt filter would silently show everything), that is given twice, or that does not fit.
 */
export function readQuery<T>(
  given: Record<string, string[]>,
  shape: z.ZodType<T> | undefined,
): T | undefined {
  const known = shape === undefined ? [] : membersOf(shape);
  const values: Record<string, string> = {};
  for (const [name, all] of Object.entries(given)) {
    if (!known.includes(name)) {
      throw new GatewayError(
        "invalid_body",
        known.length === 0
          ? "This route takes no query parameters."
          : `query: no such parameter. There are: ${known.join(", ")}.`,
        { param: name.slice(0, 200) },
      );
    }
    const [value, second] = all;
    if (second !== undefined) {
      throw new GatewayError("invalid_body", `query: ${name}: give it once.`, { param: name });
    }
    if (value !== undefined) values[name] = value;
  }
  return shape === undefined ? undefined : fitting(values, shape, "query");
}
