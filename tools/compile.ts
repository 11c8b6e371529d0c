/**
 * `deno task compile [--target TRIPLE | --all] [--out FOLDER]`: builds `dist/tidegate` for this machine, or
 * `dist/tidegate-TRIPLE` for the targets of a release. Exits 0, 2 on a wrong argument, 69 when the slim runtime that
 * an executable starts with cannot be had, 1 on any other failure.
 * @module
 */

import { EXIT } from "../src/cli/exit_codes.ts";
import { serveFlags } from "./serve_flags.ts";

/** The platforms a release is built for. */
const RELEASE_TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** What `deno compile` says when the failing step is fetching the runtime, whatever the network's own words. */
const RUNTIME_MISSING = "Setting up base binary";

interface Order {
  readonly targets: readonly (string | undefined)[];
  readonly outFolder: string;
}

/** Reads the arguments, or says what is wrong with them. */
function readOrder(args: readonly string[]): Order | string {
  let targets: Order["targets"] = [undefined];
  let outFolder = "dist";
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    const value = args[index + 1];
    if (arg === "--all") targets = RELEASE_TARGETS;
    else if (arg === "--out" && value !== undefined) outFolder = args[++index] ?? outFolder;
    else if (arg === "--target" && value !== undefined && RELEASE_TARGETS.includes(value)) {
      targets = [args[++index]];
    } else {return `Cannot use '${arg}': give --all, --out FOLDER, or --target with one of ${
        RELEASE_TARGETS.join(", ")
      }`;}
  }
  return { targets, outFolder };
}

async function compileOne(target: string | undefined, outFolder: string): Promise<number> {
  const output = `${outFolder}/tidegate${target === undefined ? "" : `-${target}`}`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      ...serveFlags(),
      "--frozen",
      // Packages that only tests import stay out of the executable.
      "--exclude-unused-npm",
      // The identity under which the platform keeps an app's own data: not to change with the file's name.
      "--app-name=tidegate",
      ...(target === undefined ? [] : [`--target=${target}`]),
      `--output=${output}`,
      "main.ts",
    ],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const talk = new TextDecoder().decode(stderr);
  if (code === 0) {
    await Deno.stdout.write(stdout);
    await say(talk);
    return EXIT.ok;
  }
  if (!talk.includes(RUNTIME_MISSING)) {
    await say(talk);
    return EXIT.unexpected;
  }
  await say(
    `Cannot build ${output}: Deno's slim runtime for ${target ?? "this machine"} could not be downloaded; ` +
      "connect to the internet once, or set DENORT_BIN to a copy of it, and build again\n",
  );
  return EXIT.unreachable;
}

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(text));
}

async function main(args: readonly string[]): Promise<number> {
  const order = readOrder(args);
  if (typeof order === "string") {
    await say(`${order}\n`);
    return EXIT.usage;
  }
  for (const target of order.targets) {
    const code = await compileOne(target, order.outFolder);
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
