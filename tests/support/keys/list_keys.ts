import type { KeyView } from "../../../src/operations/keys/key_view.ts";
import { askAdmin } from "./ask_admin.ts";
import { at } from "../start_gateway.ts";

/** All keys of a pool as the admin API lists them. */
export async function listKeys(
  gateway: Parameters<typeof askAdmin>[0],
  pool: string,
  query = "",
): Promise<KeyView[]> {
  const keys: KeyView[] = [];
  for (let cursor: unknown = "0"; typeof cursor === "string";) {
    const { status, json, text } = await askAdmin(
      gateway,
      "GET",
      `/admin/pools/${pool}/keys?cursor=${cursor}&limit=2${query}`,
    );
    if (status !== 200) throw new Error(text);
    keys.push(...at(json, "keys") as KeyView[]); // the shape the route declares
    cursor = at(json, "next");
  }
  return keys;
}
