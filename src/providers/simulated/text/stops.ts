import { type JsonObject, listIn, textIn } from "./json.ts";

/** Most stop texts that count, as at OpenAI. */
const MAX_STOPS = 4;

/** The `stop` member: one text or a list of them. */
export function stopsIn(body: JsonObject): readonly string[] {
  const single = textIn(body, "stop");
  return single !== undefined
    ? [single]
    : listIn(body, "stop").filter((stop) => typeof stop === "string").slice(0, MAX_STOPS);
}
