import assert from "node:assert/strict";
import denoJson from "../deno.json" with { type: "json" };

const page = await Deno.readTextFile(new URL("../docs/dependencies.md", import.meta.url));

/** Lowest versions without a published advisory against what we use; see `docs/dependencies.md`. */
const FLOORS: Readonly<Record<string, string>> = { "hono": "4.13.7", "@hono/node-server": "2.0.5" };

/** Most packages at run time, by `docs/design.md` §13. */
const MAX_AT_RUN_TIME = 10;

function pinned(): Map<string, string> {
  return new Map(
    Object.entries(denoJson.imports).map(([name, specifier]) => {
      const match = /^npm:(.+)@(\d+\.\d+\.\d+)$/.exec(specifier);
      assert(
        match !== null && match[1] === name,
        `'${name}' must be pinned exactly, as npm:${name}@1.2.3: ${specifier}`,
      );
      return [name, match[2] ?? ""];
    }),
  );
}

function isAtLeast(version: string, floor: string): boolean {
  const [ours, theirs] = [version.split(".").map(Number), floor.split(".").map(Number)];
  const differing = ours.findIndex((part, index) => part !== theirs[index]);
  return differing < 0 || (ours[differing] ?? 0) > (theirs[differing] ?? 0);
}

/** Packages and versions in the table rows under a heading of the page. */
function listed(heading: string): Map<string, string> {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return new Map(
    [...section.matchAll(/^\| `([^`]+)` \| (\d+\.\d+\.\d+) \|/gm)].map((row) => [row[1] ?? "", row[2] ?? ""]),
  );
}

Deno.test("every package is pinned exactly and told in docs/dependencies.md, and none is told that is not there", () => {
  const all = new Map([...listed("At run time"), ...listed("For tests only")]);
  assert.deepEqual([...all].sort(), [...pinned()].sort());
});

Deno.test("packages at run time stay few and none brings another", async () => {
  const atRunTime = listed("At run time");
  assert(atRunTime.size > 0 && atRunTime.size <= MAX_AT_RUN_TIME);
  const lock: { npm: Record<string, { dependencies?: string[] }> } = JSON.parse(
    await Deno.readTextFile(new URL("../deno.lock", import.meta.url)),
  );
  for (const [name, version] of atRunTime) {
    const entry = Object.entries(lock.npm).find(([id]) =>
      id === `${name}@${version}` || id.startsWith(`${name}@${version}_`)
    );
    assert(entry !== undefined, `${name}@${version} is not locked`);
    const foreign = (entry[1].dependencies ?? []).filter((dependency) => !atRunTime.has(dependency));
    assert.deepEqual(foreign, [], name);
  }
});

Deno.test("packages with published advisories stay above their floors", () => {
  for (const [name, floor] of Object.entries(FLOORS)) {
    const version = pinned().get(name) ?? "0.0.0";
    assert(isAtLeast(version, floor), `${name} ${version} is below ${floor}`);
  }
});

Deno.test("versions are compared by number, not by letter", () => {
  assert(isAtLeast("4.13.7", "4.13.7") && isAtLeast("4.13.10", "4.13.7") && isAtLeast("10.0.0", "9.9.9"));
  assert(!isAtLeast("4.13.6", "4.13.7") && !isAtLeast("4.9.99", "4.13.7"));
});
