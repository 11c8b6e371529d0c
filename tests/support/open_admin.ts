import { Secret } from "../../src/core/secret.ts";
import { AdminGuard } from "../../src/server/admin/admin_guard.ts";
import type { AdminRoom } from "../../src/server/admin/admin_routes.ts";
import { fakeRuntime } from "./fake_runtime.ts";

/** The token that {@link adminRoomOfTest} opens to. */
export const ADMIN_TOKEN = "tg-admin-for-tests-0001";

/** An admin room with nothing behind it, for tests of what stands beside it. */
export function adminRoomOfTest(): AdminRoom {
  return {
    guard: new AdminGuard(new Secret(ADMIN_TOKEN), fakeRuntime()),
    clientAddress: (remoteAddress) => remoteAddress,
    explain: () => ({
      summary: "nothing",
      route: null,
      refusal: null,
      pick: null,
      tiers: [],
      sharedLimits: [],
    }),
    limits: { limitsOf: () => undefined, resetBudget: () => undefined },
  };
}
