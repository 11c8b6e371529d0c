import { silentLog } from "../../src/core/log.ts";
import { Jobs } from "../../src/operations/jobs/jobs.ts";
import { Secret } from "../../src/core/secret.ts";
import { makeRedactor } from "../../src/recording/redact.ts";
import { AdminGuard } from "../../src/server/admin/admin_guard.ts";
import type { AdminRoom } from "../../src/server/admin/admin_routes.ts";
import { AuditLog } from "../../src/server/admin/audit/audit_log.ts";
import { fakeRuntime } from "./fake_runtime.ts";
import { testLedger } from "./ledger/test_ledger.ts";

/** The token that {@link adminRoomOfTest} opens to. */
export const ADMIN_TOKEN = "tg-admin-for-tests-0001";

/** An admin room with nothing behind it, for tests of what stands beside it: whoever asks for more gets `undefined`. */
export function adminRoomOfTest(): AdminRoom {
  const runtime = fakeRuntime();
  const redactor = makeRedactor(() => []);
  const room: Partial<AdminRoom> = {
    guard: new AdminGuard(new Secret(ADMIN_TOKEN), runtime),
    version: "0.0.0",
    redactor,
    audit: new AuditLog({ runtime, redactor, write() {} }),
    logDirectory: "/nowhere",
    clientAddress: (remoteAddress) => remoteAddress,
    explain: () => ({
      summary: "nothing",
      route: null,
      refusal: null,
      pick: null,
      tiers: [],
      sharedLimits: [],
    }),
    jobs: new Jobs(runtime, silentLog),
    usage: { ledger: testLedger(runtime), now: () => runtime.now() },
    limits: { limitsOf: () => undefined, resetBudget: () => undefined },
  };
  return room as AdminRoom;
}
