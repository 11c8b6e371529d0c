import { GatewayError } from "../../../src/core/errors.ts";
import type { JsonObject } from "../../../src/core/bytes/exact_json.ts";
import { ToolNames } from "../../../src/formats/translation/tool_names.ts";
import type { AnswerContext, Losses, WriteContext } from "../../../src/formats/translation/translation.ts";

/** A {@link Losses} that notes what was dropped, as `field` or `field (detail)`. */
export interface NotedLosses extends Losses {
  readonly dropped: string[];
}

/** Notes drops; a refusal throws the error that a client gets. */
export function notedLosses(): NotedLosses {
  const dropped: string[] = [];
  return {
    dropped,
    drop: (field, detail) => void dropped.push(detail === undefined ? field : `${field} (${detail})`),
    refuse(field, why) {
      throw new GatewayError("not_translatable", `'${field}': ${why}.`, { param: field });
    },
  };
}

/** What writing a request for `model` needs. */
export function writeContext(model: string): WriteContext & { readonly losses: NotedLosses } {
  return { model, traits: {}, losses: notedLosses(), names: new ToolNames() };
}

/** What writing an answer to `asked` needs. */
export function answerContext<Q>(asked: Q, model: string): AnswerContext<Q> {
  return { asked, model, requestId: "018f0000-0000-7000-8000-000000000001", createdSeconds: 1_800_000_000 };
}

/** A request as the layer hands it to a reader. */
export function received(body: JsonObject, path: string, model: string, stream = false) {
  return { body, path, query: "", headers: {}, model, stream };
}

/** The JSON files of a folder under `tests/fixtures/translation`, by name. */
export function translationFixtures(folder: string): [string, JsonObject][] {
  const url = new URL(`../../fixtures/translation/${folder}/`, import.meta.url);
  return [...Deno.readDirSync(url)].filter(({ name }) => name.endsWith(".json")).map(({ name }) =>
    [name.replace(/\.json$/, ""), JSON.parse(Deno.readTextFileSync(new URL(name, url)))] as [
      string,
      JsonObject,
    ]
  ).sort(([a], [b]) => a < b ? -1 : 1);
}
