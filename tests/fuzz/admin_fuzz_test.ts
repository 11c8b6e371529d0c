import assert from "node:assert/strict";
import fc from "fast-check";
import type { AdminRoute } from "../../src/server/admin/admin_route.ts";
import { adminRoutes } from "../../src/server/admin/admin_routes.ts";
import { type JsonSchema, schemaOf } from "../../src/server/admin/frame/shape_members.ts";
import { FAULTS } from "../support/fake_upstream_script.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { askChat } from "../support/ask_chat.ts";
import { adminRoomOfTest } from "../support/open_admin.ts";
import { startGateway, type TestGateway } from "../support/start_gateway.ts";

/** No answer of any route may hold one of these. */
const CANARIES = {
  key: "sk-canary-upstream-0001",
  off: "sk-canary-switched-off-2",
  tenant: "canary-tenant-key-000003",
  webhook: "canary-webhook-path-00004",
  comment: "sk-canary-comment-00005",
};

/** Requests made of each route. */
const RUNS = 20;

const config = (url: string) =>
  `{
  // ${CANARIES.comment}
  "tenants": [{ "name": "t", "keys": ["${CANARIES.tenant}"], "paths": ["*"] }],
  "pools": [
    { "name": "a", "provider": "openai_compatible", "upstreams": ["${url}"], "models": ["m"],
      "keys": ["${CANARIES.key}", { "key": "${CANARIES.off}", "enabled": false }] }
  ],
  "alerts": { "webhooks": [{ "type": "json", "url": "http://127.0.0.1:9/${CANARIES.webhook}" }] }
}`;

/** What may stand in a string: ids that there are, words of the API, and anything. */
const texts = (known: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...known),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 10 }),
    fc.constantFrom("", "0", "-1", "1e400", "..", "../../instance.key", "%00", "null", "9".repeat(30)),
  );

/** A value of the schema, or of something near it. */
function fitting(schema: JsonSchema, known: readonly string[]): fc.Arbitrary<unknown> {
  const { enum: words, properties, items, anyOf, type } = schema;
  if (Array.isArray(words)) return fc.constantFrom(...words);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((one) => fitting(one, known)));
  switch (type) {
    case "integer":
    case "number":
      return fc.oneof(fc.integer({ min: 1, max: 100 }), fc.double(), fc.integer());
    case "boolean":
      return fc.boolean();
    case "array":
      // The schemas are made from shapes, whose arrays all say of what.
      return fc.array(fitting((items ?? {}) as JsonSchema, known), { maxLength: 5 });
    case "object": {
      const members = Object.entries(properties ?? {}).map(([name, one]) => [name, fitting(one, known)]);
      return fc.record(Object.fromEntries(members), { requiredKeys: [] });
    }
    default:
      return texts(known);
  }
}

const rarely = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: usual, weight: 4 }, { arbitrary: odd, weight: 1 });

/** A call of the route as it goes out: mostly nearly right, sometimes far off. */
function calls(route: AdminRoute, known: readonly string[]): fc.Arbitrary<{ path: string; body?: string }> {
  const { properties = {} } = route.query === undefined ? {} : schemaOf(route.query, "output");
  const query = rarely(
    fc.record(
      Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fitting(one, known)])),
      { requiredKeys: [] },
    ),
    fc.dictionary(texts(known), texts(known), { maxKeys: 3 }),
  );
  const shape = route.body === undefined ? {} : schemaOf(route.body, "input");
  const body = rarely(fitting(shape, known).map((value) => JSON.stringify(value)), fc.json());
  const params = fc.array(texts(known), { minLength: 3, maxLength: 3 });
  return fc.record({ query, body, params }).map(({ query, body, params }) => {
    let at = 0;
    const filled = route.path.replace(
      /\{\w+\}/g,
      () => encodeURIComponent((params[at++] ?? "").toWellFormed()),
    );
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const path = search.size === 0 ? filled : `${filled}?${search}`;
    return route.method === "GET" ? { path } : { path, body: (body ?? "").toWellFormed() };
  });
}

async function ask(
  gateway: TestGateway,
  { method }: AdminRoute,
  { path, body }: { path: string; body?: string },
): Promise<{ status: number; text: string; type: string }> {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` },
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    text: await response.text(),
    type: response.headers.get("content-type") ?? "",
  };
}

Deno.test("whatever is asked of the admin API, it never fails and never tells a secret", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: config(upstream.url) });
  for (const stream of [false, true]) {
    await askChat({ url: gateway.url, key: CANARIES.tenant, model: "m", stream });
  }
  const [record] = await gateway.records();
  const known = [
    ...gateway.server.gateway.generation.endpoints.keys(),
    String(Object(record).id),
    ...["a", "m", "t", "usable", "pool a", CANARIES.key, CANARIES.tenant],
  ];
  const secrets = [
    ...Object.values(CANARIES),
    gateway.server.dataDir.adminToken.reveal(),
    gateway.key,
    new TextDecoder().decode(gateway.server.dataDir.instanceKey),
  ];
  const answered = new Set<string>();
  for (const route of adminRoutes(adminRoomOfTest())) {
    const isPlain = route.method === "GET" && !route.path.includes("{");
    await fc.assert(
      fc.asyncProperty(calls(route, known), async (call) => {
        const { status, text, type } = await ask(gateway, route, call);
        assert.ok(status < 500, `${route.method} ${call.path}: ${status} ${text}`);
        for (const secret of secrets) assert.ok(!text.includes(secret), `${route.path} tells ${secret}`);
        if (status === 200) answered.add(route.operationId);
        if (!type.startsWith("application/json")) return;
        const json: unknown = JSON.parse(text);
        if (status !== 200) assert.equal(typeof Object(Object(json).error).code, "string");
        else if (route.answer !== undefined) {
          const read = route.answer.safeParse(json);
          assert.ok(read.success, `${route.path} answers another shape: ${read.error?.message}`);
        }
      }),
      // Asked plainly first, so that no chance decides whether it is ever asked well.
      { numRuns: RUNS, examples: isPlain ? [[{ path: route.path }]] : [] },
    );
    assert.ok(!isPlain || answered.has(route.operationId), `${route.path} was never asked well`);
  }
  assert.doesNotMatch(gateway.logText(), /"level":"error"/);
});
