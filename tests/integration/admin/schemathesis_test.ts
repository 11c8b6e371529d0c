import assert from "node:assert/strict";
import { startGateway } from "../../support/start_gateway.ts";

/** The fuzzer for OpenAPI documents (https://schemathesis.io); set by `.ci/run` where PyPI can be reached. */
const schemathesis = Deno.env.get("TIDEGATE_TEST_SCHEMATHESIS");

/** How long it may go on asking, in seconds. */
const MAX_TIME_S = 30;

/** What is held against every answer. Not `ignored_auth`: ten wrong tokens and the guard lets nobody in for a minute. */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "unsupported_method",
];

Deno.test({
  name: "schemathesis finds no failure and no answer outside its document in the admin API",
  ignore: schemathesis === undefined,
  async fn() {
    await using gateway = await startGateway({
      config: {
        pools: [{
          name: "a",
          provider: "simulated",
          upstreams: ["simulated://one"],
          models: ["simulated-mini"],
        }],
      },
    });
    const command = new Deno.Command(schemathesis ?? "st", {
      args: [
        "run",
        `${gateway.url}/admin/openapi.json`,
        ...["-H", `Authorization: Bearer ${gateway.server.dataDir.adminToken.reveal()}`],
        ...["--checks", CHECKS.join(",")],
        ...["--phases", "examples,coverage,fuzzing", "--max-examples", "20"],
        ...["--max-time", String(MAX_TIME_S), "--request-timeout", "10", "--seed", "1"],
        ...["--suppress-health-check", "all", "--warnings", "off", "--no-color"],
      ],
      env: { NO_PROXY: "127.0.0.1", HYPOTHESIS_STORAGE_DIRECTORY: gateway.dataDir },
      cwd: gateway.dataDir,
    });
    const { code, stdout } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stdout));
  },
});
