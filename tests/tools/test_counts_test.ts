import assert from "node:assert/strict";
import { closingLine, readTestCounts } from "../../tools/test_counts.ts";

const REPORT = `<testsuites name="deno test" tests="4" failures="1" errors="0">
  <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1">
    <testcase name="a"></testcase>
    <testcase name="b"><failure message="Uncaught">&lt;skipped</failure></testcase>
    <testcase name="c"><skipped/></testcase>
    <testcase name="a &gt; step"></testcase>
  </testsuite>
</testsuites>`;

Deno.test("passed, failed and skipped cases are told apart", () => {
  const counts = readTestCounts(REPORT, 1);
  assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 1 });
  assert.equal(closingLine(counts), "2 passed, 1 failed, 1 skipped");
});

Deno.test("a run that failed outside every test is a failure", () => {
  const report = '<testsuites><testsuite><testcase name="a"></testcase></testsuite></testsuites>';
  assert.equal(closingLine(readTestCounts(report, 1)), "1 passed, 1 failed");
  assert.equal(closingLine(readTestCounts(report, 0)), "1 passed, 0 failed");
  assert.equal(closingLine(readTestCounts("", 1)), "0 passed, 1 failed");
});
