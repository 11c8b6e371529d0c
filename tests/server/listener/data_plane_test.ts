import assert from "node:assert/strict";

import { isDataPlane } from "../../../src/server/listener/data_plane.ts";

Deno.test("the data plane is told by the whole first segment", () => {
  for (
    const path of [
      "/v1",
      "/v1/",
      "/v1/models",
      "/v1alpha/x",
      "/v1beta/models/a:b",
      "/openai/deployments/x",
      "/proxy/a/b",
    ]
  ) {
    assert.equal(isDataPlane(path), true, path);
  }
  for (
    const path of [
      "/",
      "/v",
      "/v2/x",
      "/v1x",
      "/V1/models",
      "/healthz",
      "/admin/v1",
      "/openaix/y",
      "/proxying",
    ]
  ) {
    assert.equal(isDataPlane(path), false, path);
  }
});
