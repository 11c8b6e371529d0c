import { AdmissionDesk, type AdmissionParts } from "./admission_desk.ts";
import type { Moment } from "./counts/scope_count.ts";
import { FailedLogins } from "./failed_logins.ts";
import { TenantLines } from "./queue/tenant_lines.ts";

/** Everything that requests must pass before an upstream is asked; outlives every generation of the config. */
export class Admissions {
  readonly desk: AdmissionDesk;
  readonly lines: TenantLines;
  readonly logins = new FailedLogins();
  readonly #runtime: AdmissionParts["runtime"];

  constructor(parts: AdmissionParts) {
    this.#runtime = parts.runtime;
    this.desk = new AdmissionDesk(parts);
    this.lines = new TenantLines(this.desk, parts.runtime);
  }

  /** Both clocks' time. */
  now(): Moment {
    return { monotonicMs: this.#runtime.monotonic(), wallMs: this.#runtime.now() };
  }
}
