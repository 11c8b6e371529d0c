/**
 * Variables that would steer the gateway, its HTTP client or the runtime under test from outside. Proxies are the
 * worst: they are obeyed for 127.0.0.1 too.
 */
const STEERING =
  /^(https?_proxy|all_proxy|no_proxy|port|rust_backtrace|deno_(serve|kv)_.*|otel_.*|.*_api_key|tidegate_.*)$/i;

/** What tests themselves may be told: `TIDEGATE_PROVE`, `TIDEGATE_SEED`, and the tools that a machine has, `TIDEGATE_TEST_*`. */
const FOR_TESTS = /^TIDEGATE_(PROVE|SEED|TEST_.*)$/;

/** The environment for a test run: the caller's, without what would change the outcome from outside. */
export function testEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => FOR_TESTS.test(name) || !STEERING.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}
