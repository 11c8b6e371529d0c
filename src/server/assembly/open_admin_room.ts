import type { Runtime } from "../../core/runtime.ts";
import { VERSION } from "../version.ts";
import { AdminGuard } from "../admin/admin_guard.ts";
import type { AdminRoom } from "../admin/admin_routes.ts";
import type { DataDir } from "../data_dir.ts";
import type { OpenedGateway } from "./open_gateway.ts";

/** What {@link openAdminRoom} needs. */
export interface AdminRoomParts extends OpenedGateway {
  readonly runtime: Runtime;
  readonly dataDir: DataDir;
}

/** All that the admin API looks at and acts on. */
export function openAdminRoom({ gateway, audit, redactor, runtime, dataDir }: AdminRoomParts): AdminRoom {
  return {
    guard: new AdminGuard(dataDir.adminToken, runtime),
    version: VERSION,
    redactor,
    ...{ audit: audit.audit, logDirectory: audit.logDirectory },
    clientAddress: (remoteAddress, headers) => gateway.clientAddress(remoteAddress, headers),
    explain: (question) => gateway.explain(question),
  };
}
