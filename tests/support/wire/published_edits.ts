import type { WireField } from "../fake_upstream_parser.ts";

/** Fields that one side of an exchange loses and gains; a final `*` stands for any rest of a name. */
interface FieldEdit {
  readonly loses: readonly string[];
  readonly gains: readonly string[];
}

/** One row of the table of published edits. */
export interface PublishedEdit {
  readonly edit: string;
  readonly request: FieldEdit;
  readonly answer: FieldEdit;
}

const NONE: FieldEdit = { loses: [], gains: [] };

/** Everything the gateway may change on its way through; `docs/design.md` §1 has the same table for readers. */
export const PUBLISHED_EDITS: readonly PublishedEdit[] = [
  {
    edit: "credentials",
    request: {
      loses: [
        ...["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"],
        ...["openai-organization", "openai-project"],
      ],
      gains: ["authorization"],
    },
    answer: {
      loses: [
        ...["set-cookie", "set-cookie2", "www-authenticate"],
        ...["openai-organization", "openai-project", "anthropic-organization-id"],
      ],
      gains: [],
    },
  },
  { edit: "model", request: NONE, answer: NONE },
  { edit: "operator", request: NONE, answer: NONE },
  { edit: "coding", request: { loses: ["accept-encoding"], gains: ["accept-encoding"] }, answer: NONE },
  {
    edit: "framing",
    request: {
      loses: [
        ...["host", "content-length", "transfer-encoding", "trailer", "te", "expect", "connection"],
        ...["keep-alive", "upgrade", "http2-settings", "proxy-*"],
      ],
      gains: ["host", "content-length", "transfer-encoding", "connection"],
    },
    answer: {
      loses: [
        ...["content-length", "transfer-encoding", "trailer", "te", "connection"],
        ...["keep-alive", "upgrade", "proxy-*"],
      ],
      gains: ["content-length", "transfer-encoding", "connection", "keep-alive"],
    },
  },
  {
    edit: "origin",
    request: {
      loses: [
        ...["forwarded", "via", "x-forwarded-*", "x-real-ip", "true-client-ip", "x-client-ip"],
        ...["x-cluster-client-ip", "cdn-loop", "cf-*", "sec-*", "x-tidegate-*"],
      ],
      gains: [],
    },
    answer: NONE,
  },
  {
    edit: "ids",
    request: NONE,
    answer: {
      loses: ["x-request-id", "request-id", "x-tidegate-*"],
      gains: ["x-request-id", "x-upstream-request-id", "x-tidegate-*"],
    },
  },
  {
    edit: "limits",
    request: NONE,
    answer: {
      loses: ["retry-after", "retry-after-ms", "x-should-retry", "x-ratelimit-*", "anthropic-ratelimit-*"],
      gains: [
        ...["x-ratelimit-limit*", "x-ratelimit-remaining*", "x-ratelimit-reset*"],
        ...["anthropic-ratelimit-requests-*", "anthropic-ratelimit-tokens-*"],
      ],
    },
  },
  {
    edit: "edge",
    request: NONE,
    answer: {
      loses: [
        ...[
          "server",
          "via",
          "alt-svc",
          "strict-transport-security",
          "public-key-pins",
          "location",
          "refresh",
        ],
        ...["clear-site-data", "content-security-policy", "content-security-policy-report-only", "nel"],
        ...["report-to", "reporting-endpoints", "x-powered-by", "x-envoy-upstream-service-time"],
        ...["x-accel-*", "access-control-*", "cf-*"],
      ],
      gains: ["access-control-*"],
    },
  },
  {
    edit: "caching",
    request: NONE,
    answer: { loses: [], gains: ["cache-control", "date", "x-accel-buffering"] },
  },
  { edit: "usage flag", request: NONE, answer: NONE },
  { edit: "account lists", request: NONE, answer: NONE },
  { edit: "refusals", request: NONE, answer: NONE },
  { edit: "broken streams", request: NONE, answer: NONE },
];

/** Fields that are lost under `/v1` only; below `/proxy` they pass. */
export const PASSED_BELOW_PROXY = [
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "content-security-policy",
];

/** The fields that pass under `/v1`, beside those that an edit loses; below `/proxy` all others pass too. */
export const PASSED_FIELDS = {
  request: [
    ...["accept", "accept-language", "content-type", "content-encoding", "content-language", "user-agent"],
    ...["idempotency-key", "range", "if-match", "if-none-match", "if-modified-since"],
    ...["if-unmodified-since", "if-range", "openai-*", "anthropic-*", "x-*"],
  ],
  answer: [
    ...["content-type", "content-disposition", "content-encoding", "content-language", "content-range"],
    ...["accept-ranges", "cache-control", "etag", "last-modified", "expires", "age", "vary", "date"],
    ...["openai-*", "anthropic-*", "x-*"],
  ],
};

/** What must arrive of `fields`: the names in lower case, equal names together, less what an edit takes. */
export function fieldsLeft(
  fields: readonly WireField[],
  side: "request" | "answer",
  isBelowProxy: boolean,
): WireField[] {
  const lost = PUBLISHED_EDITS.flatMap((row) => row[side].loses)
    .filter((name) => !isBelowProxy || side === "request" || !PASSED_BELOW_PROXY.includes(name));
  const named = fields.filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(",").map((each) => each.trim()));
  const left = lowerCased(fields).filter(([name]) =>
    !covers(lost, name) && !named.includes(name) && (isBelowProxy || covers(PASSED_FIELDS[side], name))
  );
  return grouped(left);
}

/** Of what arrived, what is not the gateway's own. */
export function fieldsOfOthers(
  arrived: readonly WireField[],
  side: "request" | "answer",
  sent: readonly WireField[],
): WireField[] {
  const gained = PUBLISHED_EDITS.flatMap((row) => row[side].gains);
  const kept = lowerCased(sent).map(([name]) => name);
  // Of the fields that both may set, the upstream's own goes first.
  const replaceable = ["cache-control", "date"];
  return grouped(
    lowerCased(arrived).filter(([name]) =>
      !covers(gained, name) || (replaceable.includes(name) && kept.includes(name))
    ),
  );
}

/** Whether one of the patterns stands for the name. */
export function covers(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  );
}

function lowerCased(fields: readonly WireField[]): WireField[] {
  return fields.map(([name, value]) => [name.toLowerCase(), value]);
}

/** Equal names at the place of the first; their values keep their order. */
function grouped(fields: readonly WireField[]): WireField[] {
  const names = [...new Set(fields.map(([name]) => name))];
  return names.flatMap((name) => fields.filter(([other]) => other === name));
}
