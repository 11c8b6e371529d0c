import { silentLog } from "../../src/core/log.ts";
import { Jobs } from "../../src/operations/jobs/jobs.ts";
import { KeyDesk, type KeyDeskParts } from "../../src/operations/keys/key_desk.ts";
import { Secret } from "../../src/core/secret.ts";
import { AdminGuard } from "../../src/server/admin/admin_guard.ts";
import type { AdminRoom } from "../../src/server/admin/admin_routes.ts";
import { fakeRuntime } from "./fake_runtime.ts";

/** The token that {@link adminRoomOfTest} opens to. */
export const ADMIN_TOKEN = "tg-admin-for-tests-0001";

/** An admin room with nothing behind it, for tests of what stands beside it. */
export function adminRoomOfTest(): AdminRoom {
  const runtime = fakeRuntime();
  return {
    desk: new KeyDesk({} as unknown as KeyDeskParts), // nothing behind it: no test of these asks for keys
    jobs: new Jobs(runtime, silentLog),
    guard: new AdminGuard(new Secret(ADMIN_TOKEN), runtime),
    clientAddress: (remoteAddress) => remoteAddress,
    explain: () => ({
      summary: "nothing",
      route: null,
      refusal: null,
      pick: null,
      tiers: [],
      sharedLimits: [],
    }),
  };
}
