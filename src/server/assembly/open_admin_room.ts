import { join } from "node:path";
import type { Runtime } from "../../core/runtime.ts";
import { resetBudgets, tenantLimits } from "../../gateway/admission/tenant_limits.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";
import { VERSION } from "../version.ts";
import { AdminGuard } from "../admin/admin_guard.ts";
import type { AdminRoom } from "../admin/admin_routes.ts";
import type { ProcessStatus } from "../admin/routes/status_routes.ts";
import type { Readiness } from "../readiness.ts";
import type { ConfigInForce } from "../config_in_force.ts";
import type { DataDir } from "../data_dir.ts";
import type { OpenedGateway } from "./open_gateway.ts";

/** What {@link openAdminRoom} needs. */
export interface AdminRoomParts extends OpenedGateway {
  readonly runtime: Runtime;
  readonly dataDir: DataDir;
  readonly inForce: ConfigInForce;
  readonly configFile: string | undefined;
  readonly env: (name: string) => string | undefined;
  readonly readiness: () => Readiness;
  /** Reads the configuration again, whether or not its files changed. */
  readonly reload: () => Promise<void>;
}

/** All that the admin API looks at and acts on. */
export function openAdminRoom(parts: AdminRoomParts): AdminRoom {
  const { gateway, audit, redactor, runtime, dataDir, health, quota, notes } = parts;
  const { inForce, configFile, env, readiness, reload } = parts;
  return {
    ...{ runtime, health, quota, notes, inForce, configFile, env, readiness, reload },
    rests: parts.keys.slice,
    processStatus: processStatus(parts),
    recordFolder: join(dataDir.path, "records"),
    generation: () => gateway.generation,
    ownRefusals: (pool) => gateway.rates.pools.read(pool, runtime.monotonic()),
    requestsUnderWay: () => gateway.requestsUnderWay(),
    cancel: (requestId) => gateway.cancel(requestId),
    guard: new AdminGuard(dataDir.adminToken, runtime),
    version: VERSION,
    redactor,
    ...{ audit: audit.audit, logDirectory: audit.logDirectory },
    clientAddress: (remoteAddress, headers) => gateway.clientAddress(remoteAddress, headers),
    explain: (question) => gateway.explain(question),
    tenants: parts.tenantDesk,
    ...{ keyDesk: parts.keyDesk, jobs: parts.jobs },
    usage: { ledger: parts.ledger, now: () => runtime.now() },
    limits: {
      limitsOf: (tenant) => tenantLimits(tenant, gateway.generation, parts.admissions),
      resetBudget: (tenant) => resetBudgets(tenant, gateway.generation, parts.admissions),
    },
  };
}

function processStatus({ gateway, runtime, state, recorder, lag }: AdminRoomParts): () => ProcessStatus {
  const startedMs = runtime.now();
  const startMs = runtime.monotonic();
  return () => {
    const { rss, heapUsed } = Deno.memoryUsage();
    return {
      startedAt: utcTime(startedMs),
      uptimeMs: Math.round(runtime.monotonic() - startMs),
      inFlight: gateway.inFlight,
      stateWaiting: state.pendingKeys,
      records: {
        enabled: recorder !== undefined,
        waiting: recorder?.waiting ?? 0,
        refusing: recorder?.refusing ?? false,
      },
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      eventLoop: { lagMs: lag.nowMs, worstLagMs: lag.worstMs },
    };
  };
}
