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

/** Counts the work's steps, and lets `meanwhile` run at the one whose number is `at`. */
class Interrupting implements Rests {
  steps = 0;
  readonly #at: number;
  readonly rest: () => Promise<void>;

  constructor(at: number, meanwhile: () => Promise<void>) {
    this.#at = at;
    this.rest = meanwhile;
  }

  get isDue(): boolean {
    return ++this.steps === this.#at;
  }
}

for (const step of ["first", "last"] as const) {
  Deno.test(`tenants changed while a generation is built are those in force after it (at its ${step} step)`, async () => {
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
    const counting = new Interrupting(0, () => Promise.resolve());
    await server.gateway.applyInSlices(server.loaded.config, counting);
    const rests = new Interrupting(step === "first" ? 1 : counting.steps, async () => {
      await admin(gateway, "DELETE", `/old/keys/${at(revoked, "fingerprint")}`);
      made = await admin(gateway, "POST", "", { name: "new", key: {} });
    });
    await server.gateway.applyInSlices(server.loaded.config, rests);
    assert.notEqual(made, undefined, "it happened while it was built");
    assert.equal(await status(at(revoked, "key")), 401, "a revoked key does not come back");
    assert.equal(await status(at(made, "key")), 200, "and a new one is not lost");
  });
}
