/** Whose header fields a rule changes. */
export type HeaderSide = "request" | "response";

interface Untouchable {
  readonly names: readonly string[];
  readonly prefixes?: readonly string[];
  readonly side?: HeaderSide;
  readonly why: string;
}

/** What no rule may touch, and why: the sentence goes on from "is". */
const UNTOUCHABLE: readonly Untouchable[] = [
  {
    names: ["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"],
    side: "request",
    why: 'a credential; those stand in "keys"',
  },
  {
    names: ["set-cookie", "set-cookie2", "www-authenticate"],
    side: "response",
    why: "a matter between the gateway and its upstream",
  },
  {
    // RFC 9110 §7.6.1; `proxy-*` are the proxy's.
    names: ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings"],
    prefixes: ["proxy-"],
    why: "of one connection only",
  },
  {
    names: ["host", "content-length", "content-encoding", "accept-encoding", "expect"],
    why: "made from the message itself",
  },
  { names: ["x-request-id"], prefixes: ["x-tidegate-"], side: "response", why: "the gateway's own" },
  { names: [], prefixes: ["x-tidegate-"], side: "request", why: "the gateway's own" },
  { names: [], prefixes: ["access-control-"], side: "response", why: 'made from "cors"' },
];

/** A field name (RFC 9110 §5.1) of a length that every server takes; `__proto__` would be no field of an object. */
const FIELD_NAME = /^(?!__proto__$)[!#$%&'*+.^_`|~0-9a-z-]{1,200}$/;

/** Why a rule may not touch the field of that lower-case name; undefined when it may. */
export function headerNameFault(name: string, side: HeaderSide): string | undefined {
  if (!FIELD_NAME.test(name)) return "is no name of a header field";
  const found = UNTOUCHABLE.find((row) =>
    (row.side ?? side) === side &&
    (row.names.includes(name) || row.prefixes?.some((prefix) => name.startsWith(prefix)) === true)
  );
  return found && `is ${found.why}`;
}
