/**
 * `deno task test [--prove] [PATH or flag of deno test]…`: runs the tests with the leak checks that are off by
 * default, in an environment that cannot steer them, and closes with `N passed, N failed`. Exits 0 or 3.
 * @module
 */

import { EXIT } from "../src/cli/exit_codes.ts";
import { closingLine, readTestCounts } from "./test_counts.ts";
import { testEnvironment } from "./test_environment.ts";

async function main(args: readonly string[]): Promise<number> {
  const prove = args.includes("--prove");
  const rest = args.filter((arg) => arg !== "--prove");
  const junitPath = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const environment = testEnvironment(Deno.env.toObject());
    if (prove) environment["TIDEGATE_PROVE"] = "1";
    const paths = rest.some((arg) => !arg.startsWith("-")) ? rest : [...rest, "tests/"];
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "-A",
        "--no-prompt",
        // Types are `deno task check`'s: checking each test again, file by file, took a minute and more.
        "--no-check",
        "--sanitize-ops",
        "--sanitize-resources",
        `--junit-path=${junitPath}`,
        ...paths,
      ],
      env: environment,
      clearEnv: true,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    const counts = readTestCounts(await Deno.readTextFile(junitPath), code);
    await Deno.stdout.write(new TextEncoder().encode(`${closingLine(counts)}\n`));
    return counts.failed === 0 ? EXIT.ok : EXIT.testFailed;
  } finally {
    await Deno.remove(junitPath);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
