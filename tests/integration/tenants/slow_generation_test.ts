import assert from "node:assert/strict";
import type { Rests } from "../../../src/core/time/steps.ts";
import { askChat } from "../../support/ask_chat.ts";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

async function admin(gateway: TestGateway, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${gateway.url}/admin/tenants${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.equal(answer.status, 200);
  return await answer.json();
}

/** Lets `meanwhile` run at the work's `after`-th step. */
function interrupting(after: number, meanwhile: () => Promise<void>): Rests {
  let steps = 0;
  return {
    get isDue() {
      return ++steps === after;
    },
    rest: meanwhile,
  };
}

for (const after of [1, 5]) {
  Deno.test(`tenants changed while a generation is built are those in force after it (at step ${after})`, async () => {
    await using upstream = await fakeUpstream(FAULTS.ok);
    const keys = Array.from({ length: 10 }, (_, number) => `sk-upstream-key-${number}`);
    const pool = { provider: "openai_compatible", upstreams: [upstream.url], keys, models: ["m"] };
    await using gateway = await startGateway({ config: { pools: [pool] } });
    const { server } = gateway;
    const revoked = await admin(gateway, "POST", "", { name: "old", key: {} });
    const status = async (key: unknown) =>
      (await askChat({ url: gateway.url, key: String(key), model: "m", stream: false })).status;
    assert.equal(await status(at(revoked, "key")), 200);
    let made: unknown;
    const rests = interrupting(after, async () => {
      await admin(gateway, "DELETE", `/old/keys/${at(revoked, "fingerprint")}`);
      made = await admin(gateway, "POST", "", { name: "new", key: {} });
    });
    await server.gateway.applyInSlices(server.loaded.config, rests);
    assert.notEqual(made, undefined, "it happened while it was built");
    assert.equal(await status(at(revoked, "key")), 401, "a revoked key does not come back");
    assert.equal(await status(at(made, "key")), 200, "and a new one is not lost");
  });
}
