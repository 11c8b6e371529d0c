import denoJson from "../deno.json" with { type: "json" };

/**
 * The permission flags of task `start`: the one list that serving from source, the executable and the tests of both
 * use, so that they cannot drift apart. Everything else the start command holds is left out.
 */
export function servePermissions(startTask: string = denoJson.tasks.start): string[] {
  return startTask.split(" ").filter((word) => /^--(allow|deny|no-prompt)/.test(word));
}
