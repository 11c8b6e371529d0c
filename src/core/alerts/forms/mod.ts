export { dingtalk } from "./dingtalk.ts";
export { feishu } from "./feishu.ts";
export { genericJson } from "./generic_json.ts";
export { slack } from "./slack.ts";
export { wecom } from "./wecom.ts";
