import assert from "node:assert/strict";
import { testEnvironment } from "../../tools/test_environment.ts";

Deno.test("nothing outside can steer a test run", () => {
  const kept = testEnvironment({
    PATH: "/bin",
    HOME: "/home/a",
    NODE_EXTRA_CA_CERTS: "/ca.pem",
    TIDEGATE_PROVE: "1",
    TIDEGATE_SEED: "7",
    TIDEGATE_TEST_PYTHON: "/venv/bin/python",
    TIDEGATE_LISTEN: "0.0.0.0:1",
    http_proxy: "http://p",
    HTTPS_PROXY: "http://p",
    all_proxy: "socks5://p",
    NO_PROXY: "*",
    PORT: "80",
    OPENAI_API_KEY: "sk-real",
    RUST_BACKTRACE: "1",
    DENO_SERVE_ADDRESS: "tcp:0.0.0.0:80",
    OTEL_DENO: "true",
  });
  assert.deepEqual(Object.keys(kept).sort(), [
    "HOME",
    "NODE_EXTRA_CA_CERTS",
    "NO_COLOR",
    "PATH",
    "TIDEGATE_PROVE",
    "TIDEGATE_SEED",
    "TIDEGATE_TEST_PYTHON",
  ]);
});
