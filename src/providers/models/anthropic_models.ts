import type { DiscoveredModel, ModelDiscovery } from "../provider.ts";
import { discovered, list, record, text } from "./model_fields.ts";

const MEMBERS = { context: ["max_input_tokens"], output: ["max_tokens"] };

/** Most models of one page; the API's own bound (platform.claude.com/docs/en/api/models-list). */
const PAGE = "limit=1000";

/** `GET /v1/models` as Anthropic has it: `{data,has_more,last_id}`, the next page by `after_id`. */
export const anthropicModels: ModelDiscovery = {
  path: "/v1/models",
  query: PAGE,
  read(page) {
    const { data, has_more: hasMore, last_id: lastId } = record(page);
    const models = list(data).flatMap((entry): DiscoveredModel[] => {
      const fields = record(entry);
      const found = discovered(fields["id"], fields["display_name"], [fields], MEMBERS);
      return found === undefined ? [] : [found];
    });
    const after = hasMore === true ? text(lastId) : undefined;
    return {
      models,
      next: after === undefined ? undefined : `${PAGE}&after_id=${encodeURIComponent(after)}`,
    };
  },
};
