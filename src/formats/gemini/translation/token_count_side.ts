import { exactNumber } from "../../../core/bytes/exact_json.ts";
import type { TokenCountSide } from "../../translation/translation.ts";
import { modelPath, resourceName } from "../paths.ts";
import { Members } from "./members.ts";
import { FIELD_NAMES, OWN_MEMBERS } from "./own_members.ts";
import { requestOf } from "./requests/read_request.ts";
import { requestBody } from "./requests/write_request.ts";

/**
 * Translation of `countTokens`. Its `contents` cannot hold instructions or tools: a request that has more than
 * turns is sent whole, as `generateContentRequest`.
 */
export const geminiTokenCountSide: TokenCountSide = {
  fieldNames: FIELD_NAMES,
  ownMembers: OWN_MEMBERS,
  readRequest({ body, model }) {
    const outer = new Members(body, "");
    return requestOf(outer.object("generateContentRequest") ?? outer, model, false);
  },
  writeRequest(request, context) {
    const body = requestBody(request, context);
    const isBare = Object.keys(body).every((name) => name === "contents");
    const model = resourceName(context.model);
    return {
      path: modelPath(context.model, "countTokens"),
      query: "",
      body: isBare ? body : { generateContentRequest: { model, ...body } },
    };
  },
  readAnswer: ({ totalTokens }) => ({ inputTokens: exactNumber(totalTokens) ?? 0 }),
  writeAnswer: ({ inputTokens }) => ({ totalTokens: inputTokens }),
};
