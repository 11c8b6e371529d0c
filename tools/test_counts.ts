/** What a test run came to. Steps count as tests of their own. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the cases of a report that `deno test --junit-path` wrote. A file that fails while it is loaded is not in
 * the report at all, so a run that exited with an error and reports no failure counts as one failed: only the exit
 * code knows of it.
 */
export function readTestCounts(junitXml: string, exitCode: number): TestCounts {
  const count = (tag: string) => junitXml.split(tag).length - 1;
  const failures = count("<failure") + count("<error");
  const skipped = count("<skipped");
  const failed = exitCode !== 0 && failures === 0 ? 1 : failures;
  return { passed: count("<testcase ") - failures - skipped, failed, skipped };
}

/** The closing line: `12 passed, 0 failed`, and how many were skipped when any were. */
export function closingLine(counts: TestCounts): string {
  const line = `${counts.passed} passed, ${counts.failed} failed`;
  return counts.skipped === 0 ? line : `${line}, ${counts.skipped} skipped`;
}
