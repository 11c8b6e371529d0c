import type { DiscoveredModel, ModelDiscovery } from "../provider.ts";
import { discovered, list, record, text } from "./model_fields.ts";

const MEMBERS = { context: ["inputTokenLimit"], output: ["outputTokenLimit"] };

/** Most models of one page; the API's own bound (ai.google.dev/api/models). */
const PAGE = "pageSize=1000";

/** `GET /v1beta/models` as Gemini has it; names lose their `models/`, which requests have in their path. */
export const geminiModels: ModelDiscovery = {
  path: "/v1beta/models",
  query: PAGE,
  read(page) {
    const { models: entries, nextPageToken } = record(page);
    const models = list(entries).flatMap((entry): DiscoveredModel[] => {
      const fields = record(entry);
      const name = text(fields["name"])?.replace(/^models\//, "");
      const found = discovered(name, fields["displayName"], [fields], MEMBERS);
      return found === undefined ? [] : [found];
    });
    const token = text(nextPageToken);
    return {
      models,
      next: token === undefined ? undefined : `${PAGE}&pageToken=${encodeURIComponent(token)}`,
    };
  },
};
