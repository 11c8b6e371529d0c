import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import type { HeaderFields } from "../../../src/core/exchange.ts";
import { readOverrides } from "../../../src/gateway/facts/overrides.ts";
import { type OverrideName, OVERRIDES } from "../../../src/tenants/tenant.ts";
import { plainTenant } from "../../support/plain_tenant.ts";

function read(headers: HeaderFields, overrides: readonly OverrideName[] = OVERRIDES) {
  return readOverrides(headers, plainTenant("web", { overrides }));
}

Deno.test("each field is read, and without them nothing is asked for", () => {
  assert.deepEqual(read({}), {});
  assert.deepEqual(read({ "x-tidegate-deadline": "1.5s" }), { deadlineMs: 1500 });
  assert.deepEqual(read({ "x-tidegate-pool": " local " }), { pool: "local" });
  assert.deepEqual(read({ "x-tidegate-record": "off" }), { unrecorded: true });
  assert.deepEqual(read({ "x-tidegate-other": "1" }), {});
});

Deno.test("a value that means nothing is 400 and names the field, never the value", () => {
  for (
    const [name, value] of [
      ["x-tidegate-deadline", "30"],
      ["x-tidegate-deadline", "0s"],
      ["x-tidegate-deadline", "25h"],
      ["x-tidegate-deadline", "secret"],
      ["x-tidegate-deadline", ["1s", "2s"]],
      ["x-tidegate-record", "on"],
      ["x-tidegate-record", ""],
    ] as const
  ) {
    assert.throws(() => read({ [name]: typeof value === "string" ? value : [...value] }), (error) => {
      assert.ok(error instanceof GatewayError);
      assert.deepEqual([error.code, error.status, error.detail.param], ["invalid_header", 400, name]);
      assert.ok(!error.message.includes("secret"));
      return true;
    });
  }
});

Deno.test("a field that the tenant may not use is 403, whatever its value", () => {
  for (const name of OVERRIDES) {
    const others = OVERRIDES.filter((other) => other !== name);
    assert.throws(() => read({ [`x-tidegate-${name}`]: "?" }, others), { code: "header_not_allowed" });
  }
});
