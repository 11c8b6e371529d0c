/**
 * The load generator, a process of its own: takes a {@link LoadOrder} as the path of a JSON file, prints a
 * {@link LoadResult}.
 * @module
 */
import { closedLoad } from "./closed_load.ts";
import type { LoadOrder, LoadResult } from "./load_order.ts";
import { openLoad } from "./open_load.ts";
import { streamLoad } from "./stream_load.ts";

function carryOut(order: LoadOrder): Promise<LoadResult> {
  switch (order.kind) {
    case "streams":
      return streamLoad(order);
    case "open":
      return openLoad(order);
    case "closed":
      return closedLoad(order);
  }
}

if (import.meta.main) {
  const order: LoadOrder = JSON.parse(await Deno.readTextFile(Deno.args[0] ?? ""));
  const result = await carryOut(order);
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
}
