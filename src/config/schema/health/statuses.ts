import * as z from "zod";
import { says } from "../fields.ts";

const FORM = 'must be a status such as 429, a range such as "500-599", or a list of them';

const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]\d\d-[1-5]\d\d$/, { error: says(FORM) }),
], { error: says(FORM) });

/** HTTP statuses: one, a range, or a list of both; comes out as inclusive ranges. */
export function statuses() {
  return z.union([status, z.array(status).min(1).max(100)], { error: says(FORM) })
    .transform((written, context) => {
      const list = Array.isArray(written) ? written : [written];
      return list.map((one): readonly [number, number] => {
        const low = typeof one === "number" ? one : Number(one.slice(0, 3));
        const high = typeof one === "number" ? one : Number(one.slice(4));
        if (low > high) {
          const message = "must begin with its smaller status";
          context.issues.push({ code: "custom", message, input: written });
        }
        return [low, high];
      });
    });
}
