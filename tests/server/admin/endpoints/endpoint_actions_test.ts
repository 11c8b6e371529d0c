import assert from "node:assert/strict";
import { EndpointActor } from "../../../../src/server/admin/endpoints/endpoint_actions.ts";
import { candidateAt } from "../../../support/attempts_setup.ts";

Deno.test("an action on many endpoints gives way every few hundred, and does them all", async () => {
  const disabled: string[] = [];
  const health = {
    disable: (scope: string) => void disabled.push(scope),
    enable() {},
    clear() {},
    clearCooldown() {},
    marksOn: () => [],
  };
  const actor = new EndpointActor({ health, notes: { of: () => undefined, write() {} } }, {
    ...{ action: "disable", scope: "endpoint", note: undefined },
  });
  const endpoints = Array.from(
    { length: 1_000 },
    (_, at) => candidateAt(`k${at}`, "http://a.test/v1").endpoint,
  );
  const doneBefore: number[] = [];
  await actor.actOnAll(endpoints, () => Promise.resolve(void doneBefore.push(disabled.length)));
  assert.deepEqual(doneBefore, [250, 500, 750]);
  assert.equal(disabled.length, 1_000);
});
