import denoJson from "../deno.json" with { type: "json" };

/**
 * The flags of task `start` for permissions and for the engine: the one list that serving from source, the executable and
 * the tests of both use, so that they cannot drift apart. Everything else the start command holds is left out.
 *
 * `--no-memory-reducer`: after some idle seconds V8 would collect garbage until its heap is small, forget the shapes of
 * objects of which none lives then, as those of requests, and with them all code compiled for them: after half a minute
 * without requests each would cost twice as much (`docs/decisions/0006_cost_of_a_request.md`).
 *
 * `--no-allocation-site-pretenuring`: where much of what was made at a place has survived, as it does while a process starts,
 * V8 makes all of that place's objects among those that live long. Such a one that is garbage keeps the request it belonged
 * to, which keeps the next: after some seconds of short streams a tenth of all that was allocated was copied and kept.
 *
 * `--initial-heap-size` (MB): under it V8 does not go through the whole heap. Left alone it did so every four seconds at 300
 * requests a second, each time for a tenth of a second in which answers were late.
 */
export function serveFlags(startTask: string = denoJson.tasks.start): string[] {
  return startTask.split(" ").filter((word) => /^--(allow|deny|no-prompt|v8-flags)/.test(word));
}
