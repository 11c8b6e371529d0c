import type { Runtime } from "../../../core/runtime.ts";
import type { Steps } from "../../../core/time/steps.ts";
import type { Endpoint } from "../../endpoint.ts";
import type { DeclaredLimits, ScopedLimits } from "./declared_limits.ts";
import { DeclaredMeter, type SavedDay } from "./declared_meter.ts";

/** Endpoints looked at between two steps: far less than a millisecond. */
const ENDPOINTS_A_STEP = 256;

/** Declared limits with the count they are held against. */
export interface DeclaredCount {
  readonly scope: string;
  readonly limits: DeclaredLimits;
  readonly meter: DeclaredMeter;
  /** Whether they are a key's, not a pool's or an upstream's. */
  readonly isOfKey: boolean;
  readonly models: ReadonlyMap<string, DeclaredCount> | undefined;
}

/** Every count of declared limits, by scope: as many as the config declares. */
export class DeclaredCounts {
  readonly #runtime: Runtime;
  readonly #meters = new Map<string, DeclaredMeter>();
  /** Days' counts from before the restart that nobody has asked for yet. */
  #saved: Map<string, SavedDay> = new Map();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Gives back days' counts; to be called before the first request. */
  restore(days: Map<string, SavedDay>): void {
    this.#saved = days;
  }

  /** The counts that a request to the endpoint is held against. */
  of({ quota, scopes }: Endpoint): readonly DeclaredCount[] {
    return (quota?.limits ?? []).map((scoped) => {
      const isOfKey = scoped.scope === scopes.key;
      const models = Object.entries(scoped.models).map(([model, limits]) => {
        const scope = modelCount(scoped, model);
        return [model, { scope, limits, meter: this.#meterOf(scope), isOfKey, models: undefined }] as const;
      });
      return {
        scope: scoped.scope,
        limits: scoped.limits,
        meter: this.#meterOf(scoped.scope),
        isOfKey,
        models: models.length === 0 ? undefined : new Map(models),
      };
    });
  }

  /** Lets go, in steps, of counts that no endpoint has any more and nothing uses. */
  *retain(endpoints: Iterable<Endpoint>): Steps<void> {
    if (this.#meters.size === 0) return;
    const keep = new Set<string>();
    let steps = 0;
    for (const { quota } of endpoints) {
      if (++steps % ENDPOINTS_A_STEP === 0) yield;
      for (const scoped of quota?.limits ?? []) {
        keep.add(scoped.scope);
        for (const model of Object.keys(scoped.models)) keep.add(modelCount(scoped, model));
      }
    }
    for (const [scope, meter] of this.#meters) {
      if (meter.inFlight === 0 && !keep.has(scope)) this.#meters.delete(scope);
    }
  }

  #meterOf(scope: string): DeclaredMeter {
    let meter = this.#meters.get(scope);
    if (meter === undefined) {
      meter = new DeclaredMeter(this.#runtime, this.#saved.get(scope));
      this.#saved.delete(scope);
      this.#meters.set(scope, meter);
    }
    return meter;
  }
}

function modelCount({ scope }: ScopedLimits, model: string): string {
  return `${scope}/${model}`;
}
