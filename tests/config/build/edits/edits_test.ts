import assert from "node:assert/strict";
import { loadText, problemsOf } from "../../load_text.ts";

const pool = (members: string) => `{ "pools": [{ "provider": "openai", "keys": ["sk-1"],\n${members} }] }`;

const editsOf = (members: string) => loadText(pool(members)).config.pools[0]?.edits ?? assert.fail();

Deno.test("edits: one rule stands for a list of one, names of header fields are taken in lower case", () => {
  const edits = editsOf(`
    "parameters": { "set": { "metadata.team": "x", "x-own": 1 }, "models": ["gpt-*"] },
    "headers": { "request": { "set": { "X-Team": "\${tenant}" }, "remove": ["User-Agent"] } }
  `);
  assert.deepEqual(edits.parameters, [
    {
      ...{ set: { "metadata.team": "x", "x-own": 1 }, default: {}, delete: [] },
      ...{ models: ["gpt-*"], formats: undefined },
    },
  ]);
  assert.deepEqual(edits.requestHeaders, [
    { set: { "x-team": "${tenant}" }, remove: ["user-agent"], models: undefined, formats: undefined },
  ]);
  assert.deepEqual(edits.responseHeaders, []);
});

const WRONG: readonly [string, string, string][] = [
  [
    "parameters",
    '{ "set": { "model": "x" } }',
    "cannot be changed here: the target of a route says which model is asked for",
  ],
  [
    "parameters",
    '{ "default": { "Stream.x": 1 } }',
    "cannot be changed: the client decides whether its answer is streamed",
  ],
  ["parameters", '{ "delete": ["a..b"] }', 'has an empty name; write a path such as "metadata.team"'],
  ["parameters", '{ "delete": ["a.__proto__"] }', "holds a name that no member has"],
  ["parameters", `{ "delete": ["${"a.".repeat(16)}a"] }`, "leads more than 16 members deep"],
  [
    "parameters",
    '{ "set": { "a": 1 }, "delete": ["a.b"] }',
    "another edit of this rule is about this member, or part of it; keep one",
  ],
  [
    "parameters",
    '{ "set": { "seed": 12345678901234567890 } }',
    "holds a whole number that cannot be kept exactly; write it as a text",
  ],
  ["parameters", '{ "sett": {} }', 'unknown member; did you mean "set"?'],
  ["parameters", '[{ "formats": ["openai_chatt"] }]', ""],
  ["headers", '{ "request": { "set": { "Authorization": "x" } } }', 'is a credential; those stand in "keys"'],
  ["headers", '{ "request": { "remove": ["api-key"] } }', 'is a credential; those stand in "keys"'],
  ["headers", '{ "request": { "set": { "connection": "x" } } }', "is of one connection only"],
  ["headers", '{ "request": { "set": { "content-length": "1" } } }', "is made from the message itself"],
  ["headers", '{ "request": { "set": { "x-tidegate-pool": "1" } } }', "is the gateway's own"],
  ["headers", '{ "request": { "set": { "x team": "1" } } }', "is no name of a header field"],
  ["headers", '{ "request": { "set": { "x-a": "1", "X-A": "2" } } }', "comes twice; keep one"],
  [
    "headers",
    '{ "request": { "set": { "x-a": "a\\r\\nb: c" } } }',
    "must be at most 4096 visible ASCII characters and spaces",
  ],
  [
    "headers",
    '{ "request": { "set": { "x-a": "${tenat}" } } }',
    'holds a variable that there is not; did you mean "${tenant}"?',
  ],
  [
    "headers",
    '{ "response": [{ "set": { "set-cookie": "x" } }] }',
    "is a matter between the gateway and its upstream",
  ],
  ["headers", '{ "response": { "remove": ["x-request-id"] } }', "is the gateway's own"],
  ["headers", '{ "response": { "remove": ["access-control-allow-origin"] } }', 'is made from "cors"'],
];

for (const [member, text, message] of WRONG) {
  Deno.test(`edits: refused with its place: ${member} ${text.slice(0, 60)}`, () => {
    const [problem = "", ...more] = problemsOf(pool(`"${member}": ${text}`));
    assert.deepEqual(more, []);
    assert.match(problem, /^2:\d+ pools\[0\]\.(?:parameters|headers)/);
    assert.ok(problem.endsWith(message), problem);
  });
}

Deno.test("edits: a request may be told what a response may not, and the other way round", () => {
  const edits = editsOf(`"headers": {
    "request": { "set": { "x-forwarded-for": "\${client.ip}", "openai-organization": "o", "set-cookie": "x" } },
    "response": { "set": { "api-key": "shown", "retry-after": "1" } }
  }`);
  assert.equal(edits.requestHeaders.length + edits.responseHeaders.length, 2);
});

Deno.test("edits: a route has its own, and all mistakes are told at once", () => {
  const text =
    `{ "pools": [{ "provider": "openai", "keys": ["sk-1"] }], "routes": [{ "model": "a", "to": "openai/b",
    "parameters": [{ "set": { "stream": 1 } }, { "delete": ["model"] }],
    "headers": { "request": { "set": { "host": "\${x}" } } } }] }`;
  assert.equal(problemsOf(text).length, 4);
  const fine = text.replace('"stream"', '"top_p"').replace('"model"]', '"n"]').replace(
    '"host": "${x}"',
    '"x-a": "b"',
  );
  assert.equal(loadText(fine).config.routes[0]?.edits?.parameters.length, 2);
});
