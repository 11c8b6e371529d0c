import assert from "node:assert/strict";
import { CLIENTS } from "../../support/clients/clients.ts";
import { VENDORS } from "../../support/vendors/vendors.ts";
import { type Matrix, withGenerated } from "./matrix/formats_page.ts";
import { outcomesOf } from "./matrix/outcomes.ts";
import { isReady } from "./matrix/readiness.ts";

const PAGE = new URL("../../../docs/formats.md", import.meta.url);

/** Set to 1, the test writes the page instead of comparing it. */
const UPDATE = "TIDEGATE_UPDATE_DOCS";

for (const client of CLIENTS) {
  for (const vendor of VENDORS) {
    Deno.test({
      name: `matrix: the ${client.name} SDK is served by a vendor that speaks ${vendor.name}`,
      ignore: !isReady(client.format, vendor),
      // Google's SDK never closes the body of an answer that it gives up.
      sanitizeResources: client.name !== "gemini",
      async fn() {
        const outcomes = await outcomesOf(client, vendor);
        const failed = [...outcomes].flatMap(([scenario, outcome]) =>
          outcome.kind === "failed" ? [`${scenario}: ${outcome.why}`] : []
        );
        assert.equal(failed.length, 0, `\n${failed.join("\n")}\n`);
      },
    });
  }
}

Deno.test("matrix: docs/formats.md tells it as it is", async () => {
  const entries: [string, Awaited<ReturnType<typeof outcomesOf>>][] = [];
  for (const client of CLIENTS) {
    for (const vendor of VENDORS) {
      entries.push([`${client.name} → ${vendor.name}`, await outcomesOf(client, vendor)]);
    }
  }
  const matrix: Matrix = new Map(entries);
  const page = await Deno.readTextFile(PAGE);
  const fresh = withGenerated(page, matrix);
  if (Deno.env.get(UPDATE) === "1") await Deno.writeTextFile(PAGE, fresh);
  else assert.equal(page, fresh, `docs/formats.md is stale: run this test with ${UPDATE}=1`);
});
